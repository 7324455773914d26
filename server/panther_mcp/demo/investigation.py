"""The steps of the demo's investigation: what is asked, which tool answers, what follows from the answer."""

import os
import sys
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.demo.screen import Screen
from panther_mcp.packing.table import unpacked
from panther_mcp.sql_guard.quoting import quoted

_SEVERITIES = ("CRITICAL", "HIGH")
_DETECTION = "Okta.MFA.PushFatigue"
_ACCESS_FROM_IP = """\
SELECT p_log_type, COUNT(*) AS events, MIN(p_event_time) AS first_seen, MAX(p_event_time) AS last_seen
FROM panther_views.public.all_logs
WHERE p_occurs_since('7 d') AND ARRAY_CONTAINS({ip}::VARIANT, p_any_ip_addresses)
GROUP BY p_log_type ORDER BY first_seen"""
_CLOUD_CALLS = """\
SELECT p_event_time, eventName, requestParameters:userName::string AS target_user,
  responseElements:accessKey.accessKeyId::string AS new_key
FROM panther_logs.public.aws_cloudtrail
WHERE p_occurs_since('7 d') AND ARRAY_CONTAINS({ip}::VARIANT, p_any_ip_addresses)
ORDER BY p_event_time"""
_KEY_USE = """\
SELECT eventName, sourceIPAddress, COUNT(*) AS calls,
  COUNT(DISTINCT requestParameters:bucketName::string) AS buckets,
  SUM(additionalEventData:bytesTransferredOut::int) AS bytes_out
FROM panther_logs.public.aws_cloudtrail
WHERE p_occurs_since('7 d') AND userIdentity:accessKeyId::string = {key}
GROUP BY eventName, sourceIPAddress ORDER BY calls DESC"""


class StepFailed(Exception):  # noqa: N818 - it says what happened
    """A tool answered with an error, or without what the next step needs."""


async def investigate(screen: Screen, instance_url: str, api_token: str) -> None:
    """Walk the investigation against the Panther at `instance_url`. Raises `StepFailed`."""
    # The person's own settings must not lead the demo to their real Panther.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PANTHER_", "MCP_"))}
    environment = {**inherited, "PANTHER_INSTANCE_URL": instance_url, "PANTHER_API_TOKEN": api_token}
    transport = StdioTransport(command=sys.executable, args=["-m", "panther_mcp"], env=environment)
    async with Client(transport) as client:
        tools = await client.list_tools()
        info = client.server_info
        if info is not None:
            screen.connected(f"{info.name} {info.version}", str(client.protocol_version), len(tools))
        await _Investigation(client, screen).walk()


class _Investigation:
    def __init__(self, client: Client[StdioTransport], screen: Screen) -> None:
        self._client, self._screen = client, screen

    async def walk(self) -> None:
        alert_id, worst_id = await self._find_alerts()
        ip, user = await self._read_events(alert_id)
        await self._read_comments(alert_id)
        await self._follow_address(ip)
        key = await self._find_new_key(ip)
        summary = await self._follow_key(key)
        finding = f"Intrusion confirmed. {user} approved a push from {ip}. {summary}"
        await self._write_down(alert_id, worst_id, finding)

    async def _call(self, question: str, tool: str, **arguments: Any) -> dict[str, Any]:
        self._screen.step(question, tool, arguments)
        result = await self._client.call_tool(tool, arguments, raise_on_error=False)
        content = result.structured_content or {}
        if result.is_error:
            raise StepFailed(f"{tool} answered {content.get('error', content)}")
        return content

    async def _query(self, question: str, template: str, **values: str) -> list[dict[str, Any]]:
        sql = template.format(**{name: quoted(value) for name, value in values.items()})
        found = await self._call(question, "query_data_lake", sql=sql)
        rows: list[dict[str, Any]] = unpacked(found, "rows")["rows"]
        return rows

    async def _find_alerts(self) -> tuple[str, str]:
        severe = await self._call(
            "What needs attention?", "list_alerts", severities=["CRITICAL", "HIGH"], statuses=["OPEN", "TRIAGED"]
        )
        alerts: list[dict[str, Any]] = severe["alerts"]
        # The one that somebody looks at already is where the investigation goes on.
        first = next(
            (
                alert
                for alert in alerts
                if alert["status"] == "TRIAGED" and alert["origin"]["detectionId"] == _DETECTION
            ),
            None,
        )
        if first is None:
            raise StepFailed(f"no alert of {_DETECTION} is being triaged")
        rows = [(_time(alert["createdAt"]), alert["severity"], alert["status"], alert["title"]) for alert in alerts]
        self._screen.table(("created", "severity", "status", "title"), rows, f"Begin with: {first['title']}")
        return str(first["id"]), str(min(alerts, key=lambda alert: _SEVERITIES.index(alert["severity"]))["id"])

    async def _read_events(self, alert_id: str) -> tuple[str, str]:
        page = await self._call("What did the detection see?", "get_alert_events", alert_id=alert_id, limit=50)
        events = unpacked(page, "events")["events"]
        rows = [
            (_time(event["p_event_time"]), event["displayMessage"], event["client"]["ipAddress"]) for event in events
        ]
        ip, user = str(events[0]["client"]["ipAddress"]), str(events[0]["actor"]["alternateId"])
        self._screen.table(("time", "what", "from"), rows, f"{len(events)} events, all from {ip}, against {user}.")
        return ip, user

    async def _read_comments(self, alert_id: str) -> None:
        found = await self._call("Does a colleague know more?", "list_alert_comments", alert_id=alert_id)
        lines = [(_time(comment["createdAt"]), str(comment["body"])) for comment in found["comments"]]
        self._screen.text(lines, "Nobody could ask her: the logs have to tell.")

    async def _follow_address(self, ip: str) -> None:
        rows = await self._query("Where else was this address?", _ACCESS_FROM_IP, ip=ip)
        shown = [(row["p_log_type"], row["events"], _time(row["first_seen"]), _time(row["last_seen"])) for row in rows]
        note = (
            f"The address moved on from {rows[0]['p_log_type']} to {', '.join(row['p_log_type'] for row in rows[1:])}."
        )
        self._screen.table(("log type", "events", "first", "last"), shown, note)

    async def _find_new_key(self, ip: str) -> str:
        rows = await self._query("What did it do in AWS?", _CLOUD_CALLS, ip=ip)
        created = next((row for row in rows if row.get("new_key")), None)
        if created is None:
            raise StepFailed("no access key was created from this address")
        shown = [
            (_time(row["p_event_time"]), row["eventName"], row.get("target_user", ""), row.get("new_key", ""))
            for row in rows
        ]
        note = f"It made itself a way back: an access key for {created['target_user']}."
        self._screen.table(("time", "call", "target user", "new key"), shown, note)
        return str(created["new_key"])

    async def _follow_key(self, key: str) -> str:
        rows = await self._query("What was done with that key?", _KEY_USE, key=key)
        reads = next((row for row in rows if row["eventName"] == "GetObject"), None)
        if reads is None:
            raise StepFailed("nothing was read with the key")
        summary = (
            f"With the new key {key}, {reads['calls']} S3 objects ({reads['bytes_out'] / 1e9:.1f} GB) "
            f"were read from {reads['sourceIPAddress']}."
        )
        columns = ("eventName", "sourceIPAddress", "calls", "buckets", "bytes_out")
        self._screen.table(columns, [[row.get(column, "") for column in columns] for row in rows], summary)
        return summary

    async def _write_down(self, alert_id: str, worst_id: str, finding: str) -> None:
        comment = await self._call("Write the finding down.", "add_alert_comment", alert_id=alert_id, comment=finding)
        self._screen.text([("comment", str(comment["body"]))], "Whoever opens the alert next sees it.")
        changed = await self._call(
            "The critical alert belongs to this case.", "update_alert_status", alert_ids=[worst_id], status="TRIAGED"
        )
        alerts: list[dict[str, Any]] = changed["alerts"]
        states = [(str(alert["id"]), str(alert["status"])) for alert in alerts]
        self._screen.text(states, "Left to do: revoke the key, the session and the new device.")


def _time(value: str) -> str:
    """Return an ISO 8601 or data lake timestamp to the second."""
    return value[:19].replace("T", " ")

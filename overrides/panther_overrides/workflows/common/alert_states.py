"""What alerts are like before they are changed: read side by side, told alert by alert and counted by severity."""

from collections import Counter
from typing import cast

from panther_mcp.errors import NotFound, PermissionDenied, UpstreamError
from panther_mcp.runtime import Call, JsonObject, record
from panther_overrides.workflows.common.bounded_requests import concurrently

_CONCURRENT = 25


async def approve_alerts(call: Call, alert_ids: list[str], fields: tuple[str, ...], after: JsonObject) -> None:
    """Return when the change `after` of the alerts may be made; `fields` of theirs are what changes.

    Raises `NotFound` when none of them exists; a single one that does not is told. Where the token may not read
    alerts, the state before is unknown, and that is told.
    """

    async def state(alert_id: str) -> JsonObject | NotFound:
        try:
            return record(await call.graphql.get_alert_state(id=alert_id))
        except NotFound as error:
            return error

    try:
        states = await concurrently([state(alert_id) for alert_id in alert_ids], _CONCURRENT)
    except PermissionDenied:
        call.warnings.append("The state before the change could not be read: the token may not.")
        await call.approve(after={"alert_ids": alert_ids, **after})
        return
    found = {alert_id: one for alert_id, one in zip(alert_ids, states, strict=True) if not isinstance(one, NotFound)}
    missing = [alert_id for alert_id, one in zip(alert_ids, states, strict=True) if isinstance(one, NotFound)]
    if not found and isinstance(states[0], NotFound):
        raise states[0]
    facts: JsonObject = {"not_found": missing} if missing else {}
    before = {alert_id: {name: _shown(one.get(name)) for name in fields} for alert_id, one in found.items()}
    severities = Counter(one.get("severity", "?") for one in found.values())
    seen = {alert_id: alert_state(one) for alert_id, one in found.items()} | dict.fromkeys(missing)
    await call.approve(before=before, after=after, state=seen, alerts=len(found), by_severity=dict(severities), **facts)


def alert_state(alert: JsonObject) -> JsonObject:
    """Return what of an alert the tools change, as it is now; nobody has it where it has no assignee.

    Raises `UpstreamError` where Panther has not told its status: what is not known could not be put back.
    """
    if not alert.get("status"):
        raise UpstreamError("Panther's answer lacks the alert's status, so nothing was changed.", retryable=True)
    assignee: JsonObject = alert.get("assignee") or {}
    return {
        "status": alert["status"],
        "assignee_id": assignee.get("id"),
        "assignee_email": assignee.get("email"),
    }


def _shown(value: object) -> object:
    if not isinstance(value, dict):
        return value
    # Of a person, the address says who it is.
    person = cast("JsonObject", value)
    return person.get("email", person.get("id"))

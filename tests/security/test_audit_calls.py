"""What calls leave in the audit log: through the MCP protocol, against the sandbox."""

import asyncio
import json
import os
import stat
import sys

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.audit.lines import canonical, digest
from panther_mcp.audit.verify import verify

TOKEN = "script-token-0123456789"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "audit.jsonl"


@pytest.fixture
async def mcp(panther, connect, path):
    async with connect(token=panther.token, instance_url=panther.url, audit_log=path) as caller:
        yield caller


def recorded(path):
    bodies = []
    verify(path, visit=bodies.append)
    return bodies


def some_alert(panther):
    return panther.alert("forwarded outside")


async def test_a_write_leaves_its_intent_and_its_outcome(mcp, panther, path):
    alert = some_alert(panther)
    await mcp("update_alert_status", alert_ids=[alert["id"]], status="TRIAGED")
    intent, outcome = recorded(path)
    assert intent["id"] == outcome["id"]
    assert (
        intent.items()
        >= {
            "event": "intent",
            "tool": "update_alert_status",
            "effect": "write",
            "operations": ["GetAlertState", "UpdateAlertStatus"],
            "arguments": {"alert_ids": [alert["id"]], "status": "TRIAGED"},
            "before": {alert["id"]: {"status": alert["status"]}},
            "after": {alert["id"]: {"status": "TRIAGED"}},
            "client": "mcp",
            "instance": panther.url.removeprefix("http://"),
            "token": digest(panther.token.encode())[:8],
            "pid": os.getpid(),
            "arguments_sha256": digest(canonical(intent["arguments"])),
        }.items()
    )
    assert (outcome["event"], outcome["outcome"]) == ("outcome", "ok")
    assert 0 <= outcome["duration_ms"] < 60_000
    assert intent["time"] <= outcome["time"]


async def test_reads_leave_nothing_unless_asked_for(mcp, panther, path, connect):
    await mcp("get_permissions")
    assert not path.parent.exists()
    async with connect(token=panther.token, instance_url=panther.url, audit_log=path, audit="all") as all_audited:
        await all_audited("query_data_lake", sql="SELECT 1 AS one")
        await all_audited.refused("get_user", user_id="nobody")
        await all_audited("update_alert_status", alert_ids=[some_alert(panther)["id"]], status="TRIAGED")
    query, user, intent, outcome = recorded(path)
    assert (query["event"], query["tool"], query["outcome"]) == ("call", "query_data_lake", "ok")
    assert query["arguments"] == {"sql": "SELECT 1 AS one"}
    (ran,) = query["query_ids"]
    assert ran in {one["id"] for one in panther.queries("SELECT 1 AS one")}
    assert (user["event"], user["outcome"]) == ("call", "not_found")
    assert (intent["event"], outcome["event"]) == ("intent", "outcome")


async def test_a_write_that_panther_refuses_and_one_that_is_not_sent_are_recorded(connect, panther, path):
    alert = some_alert(panther)
    async with connect(token=panther.read_only_token, instance_url=panther.url, audit_log=path) as mcp:
        await mcp.refused("update_alert_status", alert_ids=[alert["id"]], status="CLOSED")
        await mcp.refused("update_alert_status", alert_ids=[alert["id"]], status="SHUT")
        await mcp.refused("update_alert_status", alert_ids=["no-such-alert"], status="CLOSED")
    intent, outcome, unsent, unread = recorded(path)
    assert intent["before"] == {alert["id"]: {"status": alert["status"]}}
    assert (outcome["event"], outcome["outcome"]) == ("outcome", "permission_denied")
    assert (unsent["event"], unsent["outcome"], unsent["arguments"]["status"]) == ("call", "invalid_input", "SHUT")
    # What does not exist is found out before anything would be sent.
    assert (unread["event"], unread["outcome"]) == ("call", "not_found")


async def test_a_bulk_write_that_fails_in_part_is_partial(mcp, panther, path):
    alert = some_alert(panther)
    await mcp("bulk_update_alerts", alert_ids=[alert["id"], "no-such-alert"], comment="seen")
    assert [line.get("outcome") for line in recorded(path)] == [None, "partial"]


async def test_where_the_log_cannot_be_written_writes_are_refused_and_reads_go_on(connect, panther, path):
    path.parent.write_text("a file where the folder should be")
    alert = some_alert(panther)
    for audit in ("writes", "all"):
        async with connect(token=panther.token, instance_url=panther.url, audit_log=path, audit=audit) as mcp:
            for tool, arguments in (
                ("update_alert_status", {"alert_ids": [alert["id"]], "status": "CLOSED"}),
                ("add_alert_comment", {"alert_id": alert["id"], "comment": "not written"}),
            ):
                error = await mcp.refused(tool, arguments)
                assert (error["code"], error["details"]) == ("blocked_by_policy", {"rule": "audit_log"})
                assert error["message"].startswith(f"Nothing was changed: the audit log {path} cannot be written (")
                assert "PANTHER_MCP_AUDIT_LOG" in error["hint"]
            assert (await mcp("get_alert", alert_id=alert["id"]))["status"] == alert["status"]
    assert some_alert(panther)["status"] == alert["status"]
    comments = panther.all("/alert-comments", **{"alert-id": alert["id"]})
    assert "not written" not in [comment["body"] for comment in comments]


async def test_an_audit_log_that_is_off_is_not_written(connect, panther, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    for audit_log, written in (("off", False), (None, True)):
        async with connect(token=panther.token, instance_url=panther.url, audit_log=audit_log) as mcp:
            await mcp("update_alert_status", alert_ids=[some_alert(panther)["id"]], status="TRIAGED")
        assert (tmp_path / "panther-mcp" / "audit.jsonl").exists() is written


class Panther(dict):
    """Answers of a scripted Panther; `on` is called with the name of each operation as it arrives."""

    def __init__(self, on):
        super().__init__()
        self._on = on

    def __getitem__(self, name):
        self._on(name)
        if name == "GetAlertState":
            return {"data": {"alert": {"id": "a1", "title": "t", "severity": "LOW", "status": "OPEN"}}}
        return {"data": {"updateAlertStatusById": {"alerts": [{"id": "a1", "status": "CLOSED"}]}}}


async def test_the_intent_is_on_disk_before_anything_is_sent(connect, script, path):
    seen = {}
    script.answers = Panther(lambda name: seen.update({name: recorded(path)}))
    async with connect(token=TOKEN, graphql_url=f"{script.url}/public/graphql", audit_log=path) as mcp:
        await mcp("update_alert_status", alert_ids=["a1"], status="CLOSED")
    assert seen["GetAlertState"] == []
    (intent,) = seen["UpdateAlertStatus"]
    assert (intent["event"], intent["before"]) == ("intent", {"a1": {"status": "OPEN"}})


async def test_an_outcome_that_cannot_be_written_is_told(connect, script, path, caplog):
    def spoil(name):
        if name == "UpdateAlertStatus":
            path.unlink()
            path.mkdir()

    script.answers = Panther(spoil)
    async with connect(token=TOKEN, graphql_url=f"{script.url}/public/graphql", audit_log=path) as mcp:
        result = await mcp("update_alert_status", alert_ids=["a1"], status="CLOSED")
    assert result["alerts"]
    assert result["warnings"] == ["This was done, but its outcome could not be written into the audit log."]
    assert "is not in the audit log" in caplog.text


class Silent:
    """A Panther that answers reads, and never a change."""

    def __init__(self):
        self.asked, self.ended = asyncio.Event(), asyncio.Event()

    async def handle(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = json.loads(await reader.readexactly(int(head.split(b"content-length: ")[1].split(b"\r")[0])))
        if body["operationName"] != "GetAlertState":
            self.asked.set()
            await self.ended.wait()
        text = json.dumps({"data": {"alert": {"id": "a1", "title": "t", "severity": "LOW", "status": "OPEN"}}}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(f"Content-Length: {len(text)}\r\n\r\n".encode() + text)
        writer.close()


@pytest.fixture
async def silent():
    panther = Silent()
    server = await asyncio.start_server(panther.handle, "127.0.0.1", 0)
    panther.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield panther
    panther.ended.set()
    server.close()
    await server.wait_closed()


async def test_a_process_that_is_killed_between_leaves_its_intent(silent, path, tmp_path):
    pid_file = tmp_path / "pid"
    code = (
        f"import os, pathlib; pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
        "import sys; sys.argv[1:] = []\n"
        "from panther_mcp.launcher import main; main()"
    )
    env = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    env |= {
        "PANTHER_GQL_API_URL": f"{silent.url}/public/graphql",
        "PANTHER_API_TOKEN": TOKEN,
        "PANTHER_MCP_AUDIT_LOG": str(path),
    }
    transport = StdioTransport(sys.executable, ["-c", code], env=env, keep_alive=False, log_file=tmp_path / "log")
    client = Client(transport)
    await client.__aenter__()
    call = asyncio.ensure_future(
        client.call_tool("update_alert_status", {"alert_ids": ["a1"], "status": "CLOSED"}, raise_on_error=False)
    )
    await asyncio.wait_for(silent.asked.wait(), 30)
    os.kill(int(pid_file.read_text()), 9)
    await asyncio.wait([call], timeout=30)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    await client.close()
    (intent,) = recorded(path)
    assert intent["event"] == "intent"
    assert intent["arguments"] == {"alert_ids": ["a1"], "status": "CLOSED"}
    assert intent["before"] == {"a1": {"status": "OPEN"}}
    assert intent["pid"] == int(pid_file.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_call_that_is_cancelled_has_that_outcome(silent, path, connect):
    async with connect(token=TOKEN, graphql_url=f"{silent.url}/public/graphql", audit_log=path) as mcp:
        arguments = {"alert_ids": ["a1"], "status": "CLOSED"}
        call = asyncio.ensure_future(mcp.client.call_tool("update_alert_status", arguments))
        await asyncio.wait_for(silent.asked.wait(), 30)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    assert [line.get("outcome", line["event"]) for line in recorded(path)] == ["intent", "cancelled"]

"""How work is cut off: each way to stop a server or a call, while queries run or begin and changes are half made."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
import uuid
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastmcp import Client

from panther_mcp.audit.verify import verify
from panther_sandbox.server import SandboxServer

from .conftest import Panther
from .lake import faults_of
from .test_process import PATIENCE, started

# The promise is two seconds; a machine that does much else at the same time is slower.
PROMPTLY = 5.0
STUCK = "query=stuck"
# The request to start a query has arrived, and its answer, with the query's id, takes a while.
STARTING = "latency=400;operation=StartDataLakeQuery"
SILENT = "latency=60000;operation="
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def own():
    """A sandbox of these tests' own."""
    with SandboxServer() as address:
        answers = Panther(address.instance_url, address.api_token, address.read_only_token)
        yield answers
        answers.close()


@pytest.fixture
def going_wrong(own):
    """Return what makes the sandbox go wrong, and later tells how often its last fault has happened."""

    def set_faults(*faults):
        faults_of(own, *faults)

        return lambda: own.rest("/sandbox/faults")["faults"][-1]["happened"]

    yield set_faults
    faults_of(own)


@pytest.fixture
def env(own, tmp_path):
    return {
        "PANTHER_INSTANCE_URL": own.url,
        "PANTHER_API_TOKEN": own.token,
        "PANTHER_MCP_AUDIT": "all",
        "PANTHER_MCP_AUDIT_LOG": str(tmp_path / "audit.jsonl"),
        "PANTHER_MCP_CONFIRM": "never",
        "PANTHER_MCP_SQL_GUARD": "off",
        "PANTHER_MCP_TOOLSETS": "all",
    }


def call(tool, **arguments):
    return {"method": "tools/call", "params": {"name": tool, "arguments": arguments}}


def query(mark):
    return call("query_data_lake", sql=f"SELECT 1 -- {mark}", timeout=600)


def statuses(own, mark):
    return [one["status"] for one in own.queries(mark)]


def outcomes(env):
    """The lines of the audit log, which verifies, as tools with what they tell: an intent, or an outcome."""
    bodies = []
    verify(Path(env["PANTHER_MCP_AUDIT_LOG"]), visit=bodies.append)
    return sorted((body["tool"], body.get("outcome", body["event"])) for body in bodies)


def leave(process):
    process.stdin.close()


STOPS = {
    "SIGTERM": lambda process: process.send_signal(signal.SIGTERM),
    "SIGINT": lambda process: process.send_signal(signal.SIGINT),
    "the input ends": leave,
}


async def ended(process):
    """The exit status of a process that was told to stop just now, and what it has logged."""
    begun = time.monotonic()
    err = await asyncio.wait_for(process.stderr.read(), PATIENCE)
    status = await asyncio.wait_for(process.wait(), PATIENCE)
    assert time.monotonic() - begun < PROMPTLY
    assert b"Traceback" not in err
    return status


@pytest.mark.parametrize("stop", STOPS)
async def test_whatever_stops_the_server_leaves_nothing_running(own, env, going_wrong, until, stop):
    running, starting = str(uuid.uuid4()), str(uuid.uuid4())
    alerts = [alert["id"] for alert in own.all("/alerts", limit=50)][:3]
    async with started(**env) as server:
        await server.greet()
        going_wrong(STUCK)
        server.send({"id": "running", **query(running)})
        await until(lambda: statuses(own, running) == ["running"], "the first query runs")
        commenting = going_wrong(STUCK, f"{SILENT}AddAlertComment")
        change = {"alert_ids": alerts, "status": "TRIAGED", "comment": "half"}
        server.send({"id": "half", **call("bulk_update_alerts", **change)})
        await until(commenting, "the bulk update is half done")
        begun = going_wrong(STUCK, STARTING)
        server.send({"id": "starting", **query(starting)})
        await until(begun, "the second query is being started")
        STOPS[stop](server.process)
        assert await ended(server.process) == 0
    assert statuses(own, running) == ["cancelled"]
    assert statuses(own, starting) == ["cancelled"]
    assert outcomes(env) == [
        ("bulk_update_alerts", "cancelled"),
        ("bulk_update_alerts", "intent"),
        ("query_data_lake", "cancelled"),
        ("query_data_lake", "cancelled"),
    ]
    assert {own.rest(f"/alerts/{one}")["status"] for one in alerts} == {"TRIAGED"}


@pytest.mark.parametrize("meta", [None, MODERN], ids=["handshake", "2026-07-28"])
async def test_a_call_is_cancelled_while_its_query_is_being_started(own, env, going_wrong, until, meta):
    mark = str(uuid.uuid4())
    async with started(**env) as server:
        if meta is None:
            await server.greet()
        begun = going_wrong(STUCK, STARTING)
        asked = query(mark)
        asked["params"] |= {"_meta": meta} if meta else {}
        server.send({"id": "q", **asked})
        await until(begun, "the query is being started")
        cancelled = {"requestId": "q", **({"_meta": meta} if meta else {})}
        server.send({"method": "notifications/cancelled", "params": cancelled})
        await until(lambda: statuses(own, mark) == ["cancelled"], "the query is cancelled")
        await until(lambda: outcomes(env) == [("query_data_lake", "cancelled")], "the call is recorded")


async def test_a_silent_panther_and_a_silent_collector_hold_up_no_end(own, env, going_wrong, until):
    alert = own.all("/alerts", limit=5)[0]["id"]
    with socket.create_server(("127.0.0.1", 0)) as collector:  # takes connections, and says nothing
        env["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{collector.getsockname()[1]}"
        await end_in_silence(env, going_wrong, until, alert)


async def end_in_silence(env, going_wrong, until, alert):
    async with started(**env) as server:
        await server.greet()
        # Neither call can be interrupted where it waits: for the id of a query, and to cancel one.
        begun = going_wrong(STUCK, f"{SILENT}graphql")
        server.send({"id": 1001, **query("silent")})
        await until(begun, "the query is being started")
        commenting = going_wrong(f"{SILENT}AddAlertComment")
        server.send({"id": 1002, **call("add_alert_comment", alert_id=alert, comment="silent")})
        await until(commenting, "the comment is being added")
        leave(server.process)
        assert await ended(server.process) == 0
    assert [told for told in outcomes(env) if told[0] == "query_data_lake"] == [("query_data_lake", "cancelled")]
    assert ("add_alert_comment", "cancelled") in outcomes(env)


class OverHttp:
    """A server process that serves MCP over HTTP."""

    def __init__(self, process, port):
        self.process, self.port = process, port

    async def send(self, message, version):
        """Send a request on a connection of its own, and return what reads from and writes to that."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, **message}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [
            "POST /mcp HTTP/1.1",
            "Host: 127.0.0.1",
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            f"MCP-Protocol-Version: {version}",
            *(("Mcp-Method: tools/call", f"Mcp-Name: {message['params']['name']}") if version > "2026" else ()),
            f"Content-Length: {len(body)}",
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def serving(env):
    known = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "HOME")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "panther_mcp", "--transport", "http", "--port", "0",
        stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, env=known | env,
    )  # fmt: skip
    try:
        line = (await asyncio.wait_for(process.stderr.readline(), PATIENCE)).decode()
        port = int(re.search(r":(\d+)/mcp", line)[1])
        yield OverHttp(process, port)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_over_http_a_client_that_leaves_and_a_signal_cancel_and_progress_is_told(own, env, going_wrong, until):
    going_wrong(STUCK)
    async with serving(env) as server:
        for version in ("2025-06-18", "2025-11-25", "2026-07-28"):
            mark = str(uuid.uuid4())
            asked = query(mark)
            asked["params"] |= {"_meta": MODERN} if version > "2026" else {}
            _, writer = await server.send(asked, version)
            await until(lambda mark=mark: statuses(own, mark) == ["running"], "it starts")
            writer.close()
            await until(lambda mark=mark: statuses(own, mark) == ["cancelled"], "it is cancelled")
        for mode in ("legacy", "2026-07-28"):
            heard = []
            async with Client(f"http://127.0.0.1:{server.port}/mcp", mode=mode) as client:

                async def hear(done, total, _message, heard=heard):
                    heard.append((done, total))

                asked = {"sql": "SELECT 1", "timeout": 1}
                result = await client.call_tool_mcp("query_data_lake", asked, progress_handler=hear)
                assert result.structured_content["error"]["code"] == "timeout"
            assert heard == sorted(set(heard))
            assert {total for _, total in heard} == {1}
        marks = [str(uuid.uuid4()) for _ in range(2)]
        legacy, first = await server.send(query(marks[0]), "2025-11-25")
        asked = query(marks[1])
        asked["params"] |= {"_meta": MODERN}
        modern, second = await server.send(asked, "2026-07-28")
        await until(lambda: all(statuses(own, mark) == ["running"] for mark in marks), "they start")
        server.process.send_signal(signal.SIGTERM)
        assert await ended(server.process) == 0
        assert b'"result":' not in await legacy.read()  # its answer had begun
        answer = await modern.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["message"] == "The server is stopping."
        first.close()
        second.close()
        for mark in marks:
            assert statuses(own, mark) == ["cancelled"]
    assert outcomes(env) == [("query_data_lake", "cancelled")] * 5 + [("query_data_lake", "timeout")] * 2

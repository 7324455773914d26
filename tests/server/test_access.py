"""What a call says when Panther refuses the token, cannot be reached, or is not known at all."""

import asyncio
import os
import socket
import sys
import time
from pathlib import Path

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.catalog import catalog_tools, read_catalog

TOOLS = catalog_tools(read_catalog())
ARGUMENTS = {
    "alert_ids": ["x"],
    "database": "panther_logs",
    "database_name": "panther_logs",
    "sql": "SELECT 1",
    "status": "OPEN",
    "table_name": "okta_systemlog",
}
# What a rule requires beyond the schema.
WANTED = {"bulk_update_alerts": ("status",)}
WRITES = [tool.name for tool in TOOLS if tool.effect != "read"]


def required(tool):
    names = (*tool.input_schema.get("required", ()), *WANTED.get(tool.name, ()))
    return {name: ARGUMENTS.get(name, "x") for name in names}


@pytest.fixture
async def reader(panther, connect):
    """A client of a server whose token may only read."""
    async with connect(token=panther.read_only_token, instance_url=panther.url) as mcp:
        yield mcp


@pytest.mark.parametrize("name", WRITES)
async def test_a_read_only_token_writes_nothing_and_learns_what_it_lacks(reader, panther, name):
    alert = panther.alert("forwarded outside")
    before = panther.rest(f"/alerts/{alert['id']}"), panther.all("/alert-comments", **{"alert-id": alert["id"]})
    given = {
        "add_alert_comment": {"alert_id": alert["id"], "comment": "no"},
        "update_alert_status": {"alert_ids": [alert["id"]], "status": "CLOSED"},
        "bulk_update_alerts": {"alert_ids": [alert["id"]], "status": "CLOSED", "comment": "no"},
        "update_alert_assignee": {"alert_ids": [alert["id"]], "assignee_id": panther.all("/users")[0]["id"]},
    }
    assert await reader.refused(name, given[name]) == {
        "code": "permission_denied",
        "message": f"Panther refused: access denied. {name} needs AlertModify.",
        "hint": (
            "The API token lacks the permission for this, or its allowed addresses (CIDR) leave this machine "
            "out. A Panther admin can change both under Settings > API Tokens."
        ),
        "details": {"missing_permissions": ["AlertModify"]},
    }
    after = panther.rest(f"/alerts/{alert['id']}"), panther.all("/alert-comments", **{"alert-id": alert["id"]})
    assert before == after


async def test_a_read_only_token_cannot_run_panther_ai(reader, panther):
    alert_id = panther.alert("forwarded outside")["id"]
    error = await reader.refused("start_ai_alert_triage", alert_id=alert_id)
    assert (error["code"], error["details"]["missing_permissions"]) == ("permission_denied", ["RunPantherAI"])


async def test_a_read_only_token_reads(reader, mcp):
    for tool in TOOLS:
        if not required(tool):
            # Without dates, metrics name their intervals by the time of the call.
            told, expected = await reader(tool.name), await mcp(tool.name)
            assert told == expected or tool.name == "get_permissions" or tool.toolset == "metrics"
            assert told.keys() == expected.keys()
    assert (await reader("query_data_lake", sql="SELECT 1 AS one"))["rows"] == [{"one": 1}]
    assert all(name.endswith("Read") for name in (await reader("get_permissions"))["permissions"])


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_a_token_that_panther_does_not_know_is_unauthenticated(connect, panther, tool):
    async with connect(token="not-a-token-of-this-panther", instance_url=panther.url) as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert error["code"] == "unauthenticated"
        assert "PANTHER_API_TOKEN" in error["hint"]
        assert "retryable" not in error


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_every_tool_says_what_is_not_set(connect, tool):
    async with connect() as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["message"]) == ("unauthenticated", "This server has no API token for Panther.")
        assert "Set PANTHER_API_TOKEN" in error["hint"]
    async with connect(token="some-token") as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], "Set PANTHER_INSTANCE_URL" in error["hint"]) == ("unavailable", True)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_every_tool_says_that_panther_cannot_be_reached(connect, tool):
    async with connect(token="some-token", instance_url=f"http://127.0.0.1:{free_port()}") as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["retryable"]) == ("unavailable", True)
        assert error["message"].startswith("No connection to 127.0.0.1:")
        assert "PANTHER_INSTANCE_URL" in error["hint"]


class Silent:
    """A console that accepts connections and never answers."""

    def __init__(self):
        self.connections = 0
        self.ended = asyncio.Event()

    async def handle(self, reader, writer):
        self.connections += 1
        await self.ended.wait()
        writer.close()


@pytest.fixture
async def silent():
    console = Silent()
    server = await asyncio.start_server(console.handle, "127.0.0.1", 0)
    console.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield console
    console.ended.set()
    server.close()
    await server.wait_closed()


SITUATIONS = {
    "nothing set": ({}, "unauthenticated", "PANTHER_API_TOKEN"),
    "no URL": ({"PANTHER_API_TOKEN": "tok"}, "unavailable", "PANTHER_INSTANCE_URL"),
    "no token": ({"PANTHER_INSTANCE_URL": "<silent>"}, "unauthenticated", "PANTHER_API_TOKEN"),
    "dead port": (
        {"PANTHER_API_TOKEN": "tok", "PANTHER_INSTANCE_URL": "<dead>"},
        "unavailable",
        "PANTHER_INSTANCE_URL",
    ),
    "silent console": ({"PANTHER_API_TOKEN": "tok", "PANTHER_INSTANCE_URL": "<silent>"}, "timeout", "Ask for less"),
}


@pytest.mark.parametrize(("env", "code", "hint"), SITUATIONS.values(), ids=SITUATIONS)
async def test_the_process_lists_its_tools_whatever_is_wrong(opened, silent, tmp_path, env, code, hint):
    places = {"<silent>": silent.url, "<dead>": f"http://127.0.0.1:{free_port()}"}
    given = {name: places.get(value, value) for name, value in env.items()} | {"PANTHER_MCP_READ_TIMEOUT": "0.3"}
    given |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    log = tmp_path / "stderr"
    begun = time.monotonic()
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=given, keep_alive=False, log_file=log)
    async with opened(Client(transport)) as mcp:
        assert len(mcp.tools) == len(TOOLS)
        assert silent.connections == 0, "listing asks nobody"
        error = await mcp.refused("list_databases")
        assert time.monotonic() - begun < 15
    assert (error["code"], hint in error["hint"]) == (code, True)
    assert read(log) == ""


def read(path: Path) -> str:
    return path.read_text()

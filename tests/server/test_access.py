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

from .tool_arguments import account, arguments_for, held, required

__all__ = ["account"]

TOOLS = catalog_tools(read_catalog())
# GraphQL words it differently from REST.
REFUSED = ("access denied", "forbidden")
# They ask Panther nothing, so nothing that Panther says can go wrong.
OFFLINE = {"get_session_info"}
ASKING = [tool for tool in TOOLS if tool.name not in OFFLINE]
# Whoever may read the data lake may also stop a query of it.
WRITES = [tool.name for tool in TOOLS if tool.effect != "read" and tool.name != "cancel_data_lake_query"]


@pytest.fixture
async def reader(panther, connect):
    """A client of a server whose token may only read."""
    async with connect(token=panther.read_only_token, instance_url=panther.url) as mcp:
        yield mcp


@pytest.mark.parametrize("name", WRITES)
async def test_a_read_only_token_writes_nothing_and_learns_what_it_lacks(reader, panther, name, account, secrets_dir):
    tool = next(tool for tool in TOOLS if tool.name == name)
    given = arguments_for(tool, panther, account)
    before, files = held(panther), sorted(secrets_dir.glob("*"))
    needed = tool.permissions["all_of"] or tool.permissions["any_of"]
    joined = (" and " if tool.permissions["all_of"] else " or ").join(needed)
    error = await reader.refused(name, given)
    assert error == {
        "code": "permission_denied",
        "message": error["message"],
        "hint": (
            "The API token lacks the permission for this, or its allowed addresses (CIDR) leave this machine "
            "out. A Panther admin can change both under Settings > API Tokens."
        ),
        "details": {"missing_permissions": needed},
    }
    if name == "enable_detection":
        panther.delete("/rules/Disabled.Rule")
        before["/rules"] = [rule for rule in before["/rules"] if rule["id"] != "Disabled.Rule"]
    assert error["message"] in [f"Panther refused: {word}. {name} needs {joined}." for word in REFUSED]
    assert any(permission.endswith(("Modify", "Upload")) for permission in needed)
    assert held(panther) == before
    assert sorted(secrets_dir.glob("*")) == files, "a file for a secret that there is none of"


async def test_a_read_only_token_cannot_backtest(reader, panther):
    rule = panther.all("/rules")[0]["id"]
    error = await reader.refused("backtest_detection", detection_id=rule)
    assert (error["code"], "RuleModify" in error["message"]) == ("permission_denied", True)


async def test_a_read_only_token_cannot_run_panther_ai(reader, panther):
    alert_id = panther.alert("forwarded outside")["id"]
    error = await reader.refused("start_ai_alert_triage", alert_id=alert_id)
    assert (error["code"], error["details"]["missing_permissions"]) == ("permission_denied", ["RunPantherAI"])


async def test_a_read_only_token_reads(reader, mcp):
    for tool in ASKING:
        if not required(tool):
            # Without dates, metrics name their intervals by the time of the call.
            told, expected = await reader(tool.name), await mcp(tool.name)
            # Each call uses a token, which is noted.
            varies = tool.name in ("get_permissions", "list_api_tokens") or tool.toolset == "metrics"
            assert told == expected or varies
            assert told.keys() == expected.keys()
    assert (await reader("query_data_lake", sql="SELECT 1 AS one"))["rows"] == [{"one": 1}]
    assert all(name.endswith("Read") for name in (await reader("get_permissions"))["permissions"])


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_a_token_that_panther_does_not_know_is_unauthenticated(connect, panther, tool):
    async with connect(token="not-a-token-of-this-panther", instance_url=panther.url) as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert error["code"] == "unauthenticated"
        assert "PANTHER_API_TOKEN" in error["hint"]
        assert "retryable" not in error


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_every_tool_says_what_is_not_set(connect, tool):
    async with connect() as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["message"]) == ("unauthenticated", "This server has no API token for Panther.")
        assert "Set PANTHER_API_TOKEN" in error["hint"]
    async with connect(token="some-token") as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], "Set PANTHER_INSTANCE_URL" in error["hint"]) == ("unavailable", True)


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_every_tool_says_that_panther_cannot_be_reached(connect, tool):
    async with connect(token="some-token", instance_url=f"http://127.0.0.1:{free_port()}", retries=0) as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["retryable"]) == ("unavailable", True)
        assert "No connection to 127.0.0.1:" in error["message"]
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
}


@pytest.mark.parametrize(("env", "code", "hint"), SITUATIONS.values(), ids=SITUATIONS)
async def test_the_process_lists_its_tools_whatever_is_wrong(opened, silent, tmp_path, env, code, hint):
    places = {"<silent>": silent.url}
    given = {name: places.get(value, value) for name, value in env.items()} | {
        "PANTHER_MCP_READ_TIMEOUT": "0.3",
        "PANTHER_MCP_TOOLSETS": "all",
        "PANTHER_MCP_CONFIRM": "never",
    }
    given |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    log = tmp_path / "stderr"
    begun = time.monotonic()
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=given, keep_alive=False, log_file=log)
    async with opened(Client(transport)) as mcp:
        assert len(mcp.tools) == len(TOOLS)
        assert silent.connections <= 1, "listing asks for the token's permissions at most"
        error = await mcp.refused("list_databases")
        assert time.monotonic() - begun < 15
    assert (error["code"], hint in error["hint"]) == (code, True)
    (line,) = read(log).splitlines()
    assert "Panther cannot be used. " in line


def read(path: Path) -> str:
    return path.read_text()

"""Whose session a call belongs to: on stdio, in memory and over HTTP, in both generations of the protocol."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier

from panther_mcp import Secret, Settings, create_server
from panther_mcp.sessions import Sessions

TOKENS = {name: {"client_id": name, "scopes": []} for name in ("token-of-one", "token-of-two")}


@pytest.fixture
def server(panther):
    return create_server(Settings(instance_url=panther.url, api_token=Secret(panther.token), sql_guard="off"))


@asynccontextmanager
async def served(server, **how) -> AsyncIterator[str]:
    """Serve over HTTP on a free port of this machine, and give the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(
            server.run_http_async(show_banner=False, sockets=[listener], uvicorn_config={"log_config": None}, **how)
        )
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def told(client) -> dict:
    return (await client.call_tool("get_session_info")).structured_content


async def test_each_handshake_begins_a_session(server):
    async with Client(server, mode="legacy") as one, Client(server, mode="legacy") as two:
        await told(one)
        mine, other = await told(one), await told(two)
    assert (mine["scope"], mine["calls"], mine["calls_by_tool"]) == ("connection", 1, {"get_session_info": 1})
    assert (other["scope"], other["calls"]) == ("connection", 0)
    assert "last_call_at" not in other


async def test_a_session_begins_with_the_first_request_of_any_kind(server):
    async with Client(server, mode="legacy") as client:
        await client.list_tools()
        await asyncio.sleep(0.05)
        first = await told(client)
        second = await told(client)
    assert first["began_at"] == second["began_at"] < second["last_call_at"]


async def test_without_a_handshake_the_process_is_the_session(server):
    async with Client(server, mode="2026-07-28") as one, Client(server, mode="2026-07-28") as two:
        await told(one)
        assert ((await told(two))["scope"], (await told(one))["calls"]) == ("process", 2)


async def test_two_servers_in_one_process_do_not_meet(server, panther):
    other = create_server(Settings(instance_url=panther.url, api_token=Secret(panther.token), sql_guard="off"))
    async with Client(server) as one, Client(other) as two:
        await told(one)
        assert ((await told(one))["calls"], (await told(two))["calls"]) == (1, 0)


async def test_an_http_session_is_a_session(server):
    async with (
        served(server) as url,
        Client(url, mode="legacy") as one,
        Client(url, mode="legacy") as two,
    ):
        await told(one)
        mine, other = await told(one), await told(two)
    assert (mine["scope"], mine["calls"]) == ("session", 1)
    assert (other["scope"], other["calls"]) == ("session", 0)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_without_sessions_an_address_is_one_and_says_so(server, mode):
    async with served(server, stateless_http=True, json_response=True) as url, Client(url, mode=mode) as one:
        await told(one)
        async with Client(url, mode=mode) as two:
            assert (await told(two))["scope"] == "address"
            assert (await told(two))["calls"] == 2


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_without_sessions_a_user_is_one(server, mode):
    server.auth = StaticTokenVerifier(TOKENS)
    async with served(server, stateless_http=True, json_response=True) as url:
        found = {}
        for name in (*TOKENS, *TOKENS):
            async with Client(StreamableHttpTransport(url, auth=name), mode=mode) as client:
                found[name] = await told(client)
    assert [(one["scope"], one["calls"]) for one in found.values()] == [("user", 1), ("user", 1)]


async def test_errors_and_cancelled_calls_are_counted(server):
    async with Client(server, mode="legacy") as client:
        await client.call_tool("get_user", raise_on_error=False)
        slow = "SELECT COUNT(*) FROM aws_cloudtrail a, aws_cloudtrail b, aws_cloudtrail c, aws_cloudtrail d"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.call_tool("query_data_lake", {"sql": slow}), 0.3)
        await client.call_tool("no_such_tool", raise_on_error=False)
        for _ in range(100):
            found = await told(client)
            if "query_data_lake" in found.get("calls_by_tool", ()):
                break
            await asyncio.sleep(0.05)
    assert found["errors"] == 2
    assert "no_such_tool" not in found["calls_by_tool"]


async def test_the_next_page_of_a_query_scans_nothing_more(server):
    async with Client(server, mode="legacy") as client:
        asked = {"sql": "SELECT p_event_time FROM aws_cloudtrail LIMIT 20", "max_rows": 10}
        page = (await client.call_tool("query_data_lake", asked)).structured_content
        await client.call_tool("query_data_lake", asked | {"cursor": page["next_cursor"]})
        assert (await told(client))["bytes_scanned"] == page["bytes_scanned"] > 0


def test_the_sessions_longest_unused_are_dropped():
    sessions = Sessions(most=2)
    first, second = sessions.of("session", "1"), sessions.of("session", "2")
    assert sessions.of("session", "1") is first
    sessions.of("session", "3")
    assert sessions.of("session", "1") is first
    assert sessions.of("session", "2") is not second
    assert sessions.of("user", "1") is not first

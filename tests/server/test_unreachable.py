"""Started against what is no usable Panther: a server that works, says so in one error a call, and in one line."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from .test_process import started

HASTY = dict.fromkeys(("PANTHER_MCP_CONNECT_TIMEOUT", "PANTHER_MCP_READ_TIMEOUT", "PANTHER_MCP_CALL_TIMEOUT"), "0.5")
TOKEN = "unreachable-test-token-0123456789"
# One tool that asks GraphQL, one that asks REST.
TOOLS = ("list_databases", "list_users")
SITUATIONS = {
    "a dead host": ("unavailable", "No connection to 127.0.0.1:", "Check PANTHER_INSTANCE_URL"),
    "a silent host": ("timeout", "did not answer", None),
    "a bad token": ("unauthenticated", "accept the API token", "Check PANTHER_API_TOKEN"),
    "a wrong URL": ("unavailable", "Panther's API is not at this address", "PANTHER_GQL_API_URL"),
    "HTML": ("upstream_error", "A web page came back where Panther's API was expected", "PANTHER_GQL_API_URL"),
}


async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request as the login page of something else does."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    for line in head.split("\r\n"):
        if line.startswith("content-length:"):
            await reader.readexactly(int(line.partition(":")[2]))
    body = b"<!doctype html><title>Sign in</title>"
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()
    writer.close()


@pytest.fixture
async def environment(panther: Any) -> AsyncIterator[dict[str, dict[str, str]]]:
    async with AsyncExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        with socket.create_server(("127.0.0.1", 0)) as taken:
            dead = taken.getsockname()[1]
        pages = await stack.enter_async_context(await asyncio.start_server(page, "127.0.0.1", 0))
        urls = {
            "a dead host": (f"http://127.0.0.1:{dead}", TOKEN),
            "a silent host": (f"http://127.0.0.1:{silent.getsockname()[1]}", TOKEN),
            "a bad token": (panther.url, TOKEN),
            "a wrong URL": (f"{panther.url}/wrong/path", panther.token),
            "HTML": (f"http://127.0.0.1:{pages.sockets[0].getsockname()[1]}", TOKEN),
        }
        yield {
            name: {"PANTHER_INSTANCE_URL": url, "PANTHER_API_TOKEN": token, "PANTHER_MCP_TOOLSETS": "all"}
            | (HASTY if name == "a silent host" else {})
            for name, (url, token) in urls.items()
        }


@pytest.mark.parametrize("situation", SITUATIONS)
async def test_it_starts_lists_its_tools_and_says_once_what_is_wrong(
    situation: str, environment: dict[str, dict[str, str]]
) -> None:
    code, message, hint = SITUATIONS[situation]
    env = environment[situation]
    async with started(**env) as process:
        assert (await process.greet())["serverInfo"]["name"] == "panther"
        listed = {tool["name"] for tool in (await process.ask("tools/list"))["result"]["tools"]}
        assert {*TOOLS} <= listed
        for tool in TOOLS * 2:
            result = (await process.ask("tools/call", {"name": tool}))["result"]
            assert result["isError"] is True
            error = result["structuredContent"]["error"]
            assert error["code"] == code
            assert message in error["message"]
            assert hint is None or hint in error["hint"]
        status, _, err = await process.end()
    assert status == 0
    (line,) = err.splitlines()
    assert "ERROR" in line
    assert "Panther cannot be used. " in line
    assert message in line
    assert "panther-mcp doctor" in line
    assert env["PANTHER_API_TOKEN"] not in err


async def test_an_outage_is_told_again_only_after_panther_has_answered(
    script: Any, connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answers: dict[bool, Any] = {
        True: b"<!doctype html><title>Sign in</title>",
        False: {"results": []},
    }
    told: list[int] = []
    async with connect(token=TOKEN, rest_url=script.url, permission_gating="off") as caller:
        for fails in (True, True, False, True, True):
            script.answers["GET /users"] = answers[fails]
            assert (await caller.raw("list_users")).is_error is fails
            told.append(sum("Panther cannot be used" in record.getMessage() for record in caplog.records))
    assert told == [1, 1, 1, 2, 2]

"""A sandbox of the security tests' own, which they may fill with evil, and clients of servers that use it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastmcp import Client

from panther_mcp import Secret, Settings, create_server, kept_answers
from panther_mcp.catalog import CatalogTool, catalog_tools, read_catalog
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.server import SandboxAddress, SandboxServer

from ..fences import read_text

TOOLS: dict[str, CatalogTool] = {tool.name: tool for tool in catalog_tools(read_catalog())}
# What a tool is called with beside its required parameters, where there is a value for it.
ALSO = ("detail", "detection_types", "detection_type", "status", "comment")


@dataclass(frozen=True)
class Evil:
    """A running sandbox, and what is behind its API."""

    address: SandboxAddress
    sandbox: Sandbox


@pytest.fixture(scope="module")
def evil() -> Iterator[Evil]:
    server = SandboxServer()
    with server as address:
        assert server._sandbox is not None
        yield Evil(address, server._sandbox)


@pytest.fixture(scope="module")
def attacked() -> Callable[..., AbstractAsyncContextManager[Client[Any]]]:
    """Return what opens a client of a server with every tool, on a sandbox."""

    @asynccontextmanager
    async def open_client(evil: Evil, **settings: Any) -> AsyncIterator[Client[Any]]:
        token = Secret(evil.address.api_token)
        known = {"instance_url": evil.address.instance_url, "api_token": token, "toolsets": ("all",)}
        told = Settings(**({"sql_guard": "off"} | known | settings))
        with pytest.MonkeyPatch.context() as patch:
            # What is planted has to be seen at once, in the descriptions of columns too.
            patch.setattr(kept_answers, "_KEPT_SECONDS", 0.0)
            async with Client(create_server(told, standalone=True)) as client:
                yield client

    return open_client


def arguments_of(tool: CatalogTool, facts: dict[str, Any]) -> dict[str, Any] | None:
    """Return what to call `tool` with to see as much as possible, or None where `facts` lack something."""
    required = tool.input_schema.get("required", ())
    if not set(required) <= facts.keys():
        return None
    properties = tool.input_schema["properties"]
    known = {"detail": "full", "detection_type": facts["detection_types"]} | facts
    return {name: known[name] for name in properties if name in required or (name in ALSO and name in known)}


async def called(client: Client[Any], tool: str, arguments: dict[str, Any]) -> Any:
    """Return the result of a call; its text must be its structured content, through the fence."""
    result = await client.call_tool_mcp(tool, arguments)
    (content,) = result.content
    assert read_text(content.text, result.meta) == result.structured_content
    return result

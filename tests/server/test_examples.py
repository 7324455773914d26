"""The example of each description, called as it stands: it works on the sandbox."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastmcp import Client

from panther_mcp import Secret, Settings, create_server
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.registry import load_overrides, register
from panther_sandbox.server import SandboxAddress, SandboxServer

CATALOG = read_catalog()
TOOLS = {tool.name: tool for tool in register(CATALOG, load_overrides(CATALOG))}
READ = [tool.name for tool in catalog_tools(CATALOG) if tool.effect == "read"]
CHANGING = sorted(TOOLS.keys() - set(READ))


@pytest.fixture(scope="module")
def unchanged() -> Iterator[SandboxAddress]:
    """A sandbox that nobody changes."""
    with SandboxServer() as address:
        yield address


@pytest.fixture(scope="module")
def changed() -> Iterator[tuple[SandboxServer, SandboxAddress]]:
    server = SandboxServer()
    with server as address:
        yield server, address


@pytest.fixture
def restored(changed: tuple[SandboxServer, SandboxAddress]) -> SandboxAddress:
    """A sandbox that holds the story, whatever an earlier test has changed."""
    server, address = changed
    server.restore()
    return address


async def run_example(name: str, panther: SandboxAddress) -> dict[str, Any]:
    example = json.loads(TOOLS[name].description.partition("Example: ")[2])
    token = Secret(panther.api_token)
    settings = Settings(instance_url=panther.instance_url, api_token=token, toolsets=("all",), confirm="never")
    async with Client(create_server(settings)) as client:
        result = await client.call_tool_mcp(name, example)
    assert not result.is_error, result.structured_content
    return result.structured_content


@pytest.mark.parametrize("name", READ)
async def test_reads(name, unchanged):
    # An example that finds nothing teaches nothing.
    found = await run_example(name, unchanged)
    assert not found.get("note", "").startswith("No ")
    assert "warnings" not in found


@pytest.mark.parametrize("name", CHANGING)
async def test_changes(name, restored):
    await run_example(name, restored)

"""The tools as a client sees them: the entries of tools/list, as JSON."""

import asyncio
from typing import Any

import pytest


@pytest.fixture(scope="session")
def listed() -> dict[str, dict[str, Any]]:
    """Return the entry of each tool, by its name."""
    from fastmcp import Client

    from panther_mcp.server import create_server
    from panther_mcp.settings import Settings

    async def ask() -> dict[str, dict[str, Any]]:
        async with Client(create_server(Settings(toolsets=("all",)))) as client:
            tools = (await client.list_tools_mcp()).tools
        return {tool.name: tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools}

    return asyncio.run(ask())

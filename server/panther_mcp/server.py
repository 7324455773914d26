"""Build the MCP server from settings: catalog, overrides, HTTP client and tools, joined once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from fastmcp import FastMCP

from panther_mcp.catalog import read_catalog
from panther_mcp.http import PantherHttp
from panther_mcp.installation import package_version
from panther_mcp.registry import load_overrides, register
from panther_mcp.runner import ToolRunner
from panther_mcp.selection import reduced, selected_tools
from panther_mcp.settings import Settings
from panther_mcp.sql_guard.guard import SqlGuard
from panther_mcp.tools import ToolProvider, UnknownTools
from panther_overrides.instructions import INSTRUCTIONS


def create_server(settings: Settings, *, toolsets: Sequence[str] | None = None) -> FastMCP:
    """Return the server for `settings`. Touches no network: the first call of a tool does.

    `toolsets`, where given, are offered instead of those of `settings`: names as for `--toolsets`, such as
    `["alerts", "data_lake"]`. Raises `SettingsError` for an unknown name, and `RegistrationError` when the
    overrides do not fit the generated tools.
    """
    if toolsets is not None:
        settings = replace(settings, toolsets=tuple(toolsets))
    catalog = read_catalog()
    chosen = selected_tools(catalog, settings)
    catalog = reduced(catalog, chosen)
    tools = [tool for tool in register(catalog, load_overrides(catalog)) if tool.name in chosen]
    http = PantherHttp(settings)
    sql_guard = SqlGuard(settings.sql_guard, settings.max_bytes)

    @asynccontextmanager
    async def lifespan(_: FastMCP) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await http.aclose()

    return FastMCP(
        "panther",
        instructions=INSTRUCTIONS,
        version=package_version(),
        lifespan=lifespan,
        providers=[ToolProvider(tools, ToolRunner(http, sql_guard))],
        middleware=[UnknownTools([tool.name for tool in tools])],
        mask_error_details=True,
        on_duplicate="error",
        # The schemas hold no references.
        dereference_schemas=False,
    )

"""Build the MCP server from settings: catalog, overrides, HTTP client and tools, joined once."""

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from fastmcp import FastMCP

from panther_mcp.audit.setup import auditor_for
from panther_mcp.catalog import read_catalog
from panther_mcp.http import PantherHttp
from panther_mcp.installation import package_version
from panther_mcp.protocol_errors import ProtocolErrors
from panther_mcp.registry import load_overrides, register
from panther_mcp.runner import ToolRunner
from panther_mcp.secret_files import SecretFiles, default_folder
from panther_mcp.selection import reduced, selected_tools
from panther_mcp.sessions import Sessions, SessionStart
from panther_mcp.settings import Settings
from panther_mcp.sql_guard.budget import ScanBudget
from panther_mcp.sql_guard.guard import SqlGuard
from panther_mcp.surroundings import Surroundings
from panther_mcp.token_permissions import TokenPermissions
from panther_mcp.tools import ToolProvider, UnknownTools
from panther_mcp.untrusted.protection import Protection
from panther_overrides.instructions import DISCOVERY, INSTRUCTIONS


def create_server(settings: Settings, *, toolsets: Sequence[str] | None = None) -> FastMCP:
    """Return the server for `settings`. Touches no network: the first call of a tool does.

    `toolsets`, where given, are offered instead of those of `settings`: names as for `--toolsets`, such as
    `["alerts", "data_lake"]`. Raises `SettingsError` for an unknown name, and `RegistrationError` when the
    overrides do not fit the generated tools.
    """
    if toolsets is not None:
        settings = replace(settings, toolsets=tuple(toolsets))
    catalog = read_catalog()
    every_tool = [tool["name"] for tool in catalog["tools"]]
    chosen = selected_tools(catalog, settings)
    catalog = reduced(catalog, chosen)
    tools = [tool for tool in register(catalog, load_overrides(catalog), settings.confirm) if tool.name in chosen]
    http = PantherHttp(settings)
    permissions = TokenPermissions(http.rest) if settings.permission_gating != "off" else None
    explain = settings.permission_gating == "explain"
    sessions = Sessions(lambda: ScanBudget(settings.max_bytes, settings.sql_guard))
    by_name = {tool.name: tool for tool in tools}
    tokens = (settings.api_token, *settings.http_tokens)
    protection = Protection(
        tools=every_tool, tokens=[token.reveal() for token in tokens if token], redact=settings.redact_content
    )
    secret_files = SecretFiles(settings.secrets_dir or default_folder(os.environ))
    auditor = auditor_for(settings, os.environ, protection.without_credentials)
    runner = ToolRunner(http, protection, secret_files, auditor, SqlGuard(settings.sql_guard))
    surroundings = Surroundings(settings, by_name, runner, sessions)

    @asynccontextmanager
    async def lifespan(_: FastMCP) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            if permissions is not None:
                await permissions.aclose()
            await http.aclose()

    server = FastMCP(
        "panther",
        instructions=f"{INSTRUCTIONS} {DISCOVERY}" if settings.discovery else INSTRUCTIONS,
        version=package_version(),
        lifespan=lifespan,
        providers=[
            ToolProvider(tools, runner, sessions, protection, permissions=permissions, explain=explain),
            *surroundings.providers(),
        ],
        middleware=[
            SessionStart(sessions),
            UnknownTools(list(by_name), "search_tools" if settings.discovery else "tools/list", protection),
            ProtocolErrors(surroundings.prompt_names),
        ],
        mask_error_details=True,
        on_duplicate="error",
        # The schemas hold no references.
        dereference_schemas=False,
    )
    server.add_completion_handler(surroundings.complete)
    if settings.discovery:
        from panther_mcp.discovery import Discovery

        server.add_transform(
            Discovery(tools, [toolset["title"] for toolset in catalog["toolsets"].values()], protection)
        )
    return server

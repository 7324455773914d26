"""Build the MCP server from settings: catalog, overrides, HTTP client and tools, joined once."""

import os
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from panther_mcp.audit.setup import auditor_for
from panther_mcp.installation import package_version
from panther_mcp.offer import offer
from panther_mcp.protocol_errors import ProtocolErrors
from panther_mcp.reachability import ToldHttp
from panther_mcp.runner import ToolRunner
from panther_mcp.secret_files import SecretFiles, default_folder
from panther_mcp.sessions import Sessions, SessionStart
from panther_mcp.settings import Settings
from panther_mcp.sql_guard.budget import ScanBudget
from panther_mcp.sql_guard.guard import SqlGuard
from panther_mcp.stdio.server import PantherServer
from panther_mcp.surroundings import Surroundings
from panther_mcp.telemetry.setup import recorder_for
from panther_mcp.token_permissions import TokenPermissions
from panther_mcp.tools import DirectCalls, ListChanged, ToolProvider, UnknownTools
from panther_mcp.untrusted.protection import Protection
from panther_overrides.instructions import instructions

if TYPE_CHECKING:
    from panther_mcp.remembered_permissions import RememberedPermissions


def create_server(
    settings: Settings,
    *,
    toolsets: Sequence[str] | None = None,
    remembered: "RememberedPermissions | None" = None,
    standalone: bool = False,
) -> PantherServer:
    """Return the server for `settings`. Touches no network: the first call of a tool does.

    `toolsets`, where given, are offered instead of those of `settings`: names as for `--toolsets`, such as
    `["alerts", "data_lake"]`. `remembered` is for a process that serves one client: it keeps the token's permissions
    for the next start; where a list was made of them already, Panther is asked as soon as the server runs, and the
    client is told of a difference. What calls need is then imported in the background. With `standalone` the server is
    served as it is: nothing that FastMCP can do to its tools (transforms, versions, visibility rules) is looked for.

    Raises `SettingsError` for an unknown name, and `RegistrationError` when the overrides do not fit the generated
    tools.
    """
    if toolsets is not None:
        settings = replace(settings, toolsets=tuple(toolsets))
    offered = offer(settings)
    tools = offered.tools
    recorder = recorder_for(os.environ)
    http = ToldHttp(settings, recorder=recorder)
    keep = remembered.keep if remembered else None
    permissions = TokenPermissions(http.rest, keep=keep) if settings.permission_gating != "off" else None
    shown = remembered.shown if remembered else None
    explain = settings.permission_gating == "explain"
    sessions = Sessions(lambda: ScanBudget(settings.max_bytes, settings.sql_guard))
    by_name = {tool.name: tool for tool in tools}
    tokens = (settings.api_token, *settings.http_tokens)
    protection = Protection(
        tools=offered.every_tool, tokens=[token.reveal() for token in tokens if token], redact=settings.redact_content
    )
    secret_files = SecretFiles(settings.secrets_dir or default_folder(os.environ))
    auditor = auditor_for(settings, os.environ, protection.without_credentials)
    sql_guard = SqlGuard(settings.sql_guard)
    runner = ToolRunner(http, protection, secret_files, auditor, sql_guard, recorder)
    surroundings = Surroundings(settings, by_name, runner, sessions, recorder)

    @asynccontextmanager
    async def lifespan(_: object) -> AsyncGenerator[None]:
        if remembered is not None:
            # A daemon: an end of the process does not wait for it.
            threading.Thread(target=runner.warm_up, name="panther-warm-up", daemon=True).start()
        if permissions is not None and shown is not None:
            permissions.ask()
        try:
            yield
        finally:
            if permissions is not None:
                await permissions.aclose()
            await http.aclose()

    provider = ToolProvider(tools, runner, sessions, protection, permissions=permissions, explain=explain)
    server = PantherServer(
        "panther",
        instructions=instructions(discovery=settings.discovery),
        version=package_version(),
        lifespan=lifespan,
        providers=[
            provider,
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
    if permissions is not None and shown is not None:
        server.add_middleware(ListChanged(permissions, shown))
    if standalone:
        server.add_middleware(DirectCalls(provider))
    server.add_completion_handler(surroundings.complete)
    if settings.discovery:
        from panther_mcp.discovery import Discovery

        server.add_transform(
            Discovery(tools, [toolset["title"] for toolset in offered.catalog["toolsets"].values()], protection)
        )
    return server

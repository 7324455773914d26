"""Serve MCP over HTTP: what is checked and limited before a request reaches a tool.

Imported for the HTTP transport only.
"""

import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.middleware import Middleware

from panther_mcp.http_connection import TimedConnection
from panther_mcp.http_guard import Guard, SharedTokens, health
from panther_mcp.http_requests import CancelledWithItsClient, RunningRequests, StoppingServer
from panther_mcp.settings import Settings

if TYPE_CHECKING:
    from fastmcp import FastMCP

_PATH: Final = "/mcp"
_CONNECTIONS: Final = 512
_GRACE_SECONDS: Final = 10
# To listen on every address is no name for one. Browsers take such a name for this machine.
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - it is compared, not bound


async def serve_http(
    server: "FastMCP", settings: Settings, listener: socket.socket, stopping: Callable[[], None]
) -> None:
    """Serve on `listener` until a signal comes; with tokens in `settings`, to clients that send one.

    `stopping` is called when the signal has come.
    """
    host, port = settings.host, listener.getsockname()[1]
    if settings.http_tokens:
        server.auth = SharedTokens(settings.http_tokens)
    server.custom_route("/health", methods=["GET"])(health)
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"panther-mcp serves MCP on http://{shown}:{port}{_PATH}\n")
    sys.stderr.flush()
    running = RunningRequests()
    # The size of bodies is limited by the MCP library (4 MiB).
    app = server.http_app(
        path=_PATH,
        middleware=[Middleware(CancelledWithItsClient, running), Middleware(Guard)],
        stateless_http=True,
        # An answer that is one JSON has no place for progress, and is silence to proxies until it is there.
        json_response=False,
        host_origin_protection=True,
        allowed_hosts=[*(() if host in _EVERYWHERE else (host,)), *settings.http_allowed_hosts],
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        http=TimedConnection,
        lifespan="on",
        limit_concurrency=_CONNECTIONS,
        log_config=None,
        # What a header says of the client's address is believed by nobody.
        proxy_headers=False,
        server_header=False,
        # What is cancelled has ended by then, or the process ends.
        timeout_graceful_shutdown=_GRACE_SECONDS,
        ws="none",
    )
    # It stops in good order at SIGINT and SIGTERM, then raises the signal once more for us.
    await StoppingServer(config, running, stopping).serve([listener])

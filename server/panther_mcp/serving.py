"""From resolved settings to a running server, and from its end to the end of the process."""

import atexit
import contextlib
import dataclasses
import errno
import gc
import importlib
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Final, NoReturn

from panther_mcp import logs
from panther_mcp.embedded import embedded_panther
from panther_mcp.errors import StartupError
from panther_mcp.settings import Secret, Settings, is_loopback
from panther_mcp.stdio.descriptors import Wire, claimed

if TYPE_CHECKING:
    import asyncio

    from panther_mcp.remembered_permissions import RememberedPermissions
    from panther_mcp.stdio.early_start import Handover
    from panther_mcp.stdio.server import PantherServer
    from panther_sandbox.server import SandboxAddress

# fastmcp reads these while it is imported. Measured with fastmcp 4.1: the banner asks the package index for a
# newer version, rich logging costs 1 ms a record, beartype 80 ms at the first request. A .env file in the
# folder that the client happens to start us in must not configure anything.
_FRAMEWORK: Final = {
    "FASTMCP_CHECK_FOR_UPDATES": "off",
    "FASTMCP_ENABLE_RICH_LOGGING": "false",
    "FASTMCP_ENV_FILE": os.devnull,
    "FASTMCP_LOG_ENABLED": "false",
    "FASTMCP_SHOW_SERVER_BANNER": "false",
    "PY_KEY_VALUE_DISABLE_BEARTYPE": "true",
}
# When the server has to stop, running calls are cancelled at once. What they have to clean up (a query to cancel in
# Panther, which may be silent) gets this long, in seconds; then the process ends, with the audit log written.
_GRACE: Final = 1.4
_log = logging.getLogger(__name__)


def run(settings: Settings, *, sandbox: bool = False) -> NoReturn:
    """Serve until the client leaves or a signal comes (exit status 0), then end the process at once.

    Args:
        settings: What to serve, how and where.
        sandbox: Start an embedded Panther first and talk to it instead of the one in `settings`.

    Raises:
        StartupError: The server cannot start. Raised before anything is served.
    """
    try:
        # ^C or SIGTERM outside the event loop, where nothing is left to do.
        with contextlib.suppress(KeyboardInterrupt):
            serve(settings, sandbox=sandbox)
    except StartupError:
        raise
    except Exception:
        # Not left to the interpreter: it would wait for the thread that waits for input.
        _log.critical("The server has ended by a defect.", exc_info=True)
        leave(1)
    leave(0)


def leave(status: int) -> NoReturn:
    """End the process with `status` without tearing the interpreter down, which takes 300 ms for nothing.

    Exit functions run and logs are flushed; threads that still wait for input are not waited for.
    """
    # The audit log notes there what was cut off, and telemetry is sent.
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage]
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()  # a client that is gone has closed them
    os._exit(status)


def serve(settings: Settings, *, sandbox: bool = False) -> None:
    """Serve until the client leaves or a signal comes; clean up and return. Raises as `run` does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as ^C
    with contextlib.ExitStack() as stack:
        # First of all, so that nothing that is printed during an import reaches the client.
        wire = stack.enter_context(claimed()) if settings.transport == "stdio" else None
        logs.configure(settings)
        if sandbox:
            settings = _pointed_at(stack.enter_context(embedded_panther()), settings)
        if wire is not None:
            _greet(wire)
            _run_stdio(settings, wire, kept=not sandbox)
        else:
            _check_http(settings)
            listener = stack.enter_context(_listen(settings.host, settings.port))
            _serve_http(settings, listener)


def _pointed_at(sandbox: "SandboxAddress", settings: Settings) -> Settings:
    return dataclasses.replace(
        settings,
        instance_url=sandbox.instance_url,
        graphql_url=None,
        rest_url=None,
        api_token=Secret(sandbox.api_token),
    )


def _run_stdio(settings: Settings, wire: Wire, *, kept: bool) -> None:
    """Serve on `wire`; what the token may do is `kept` for the next start, which will meet the same Panther."""
    from panther_mcp.remembered_permissions import RememberedPermissions, remembered_permissions
    from panther_mcp.stdio.early_start import Handover, start_early

    remembered = remembered_permissions(settings, os.environ) if kept else RememberedPermissions(None)
    early = start_early(settings, wire, remembered)
    server = _load(settings, remembered)
    handover = early.hand_over() if early is not None else Handover()
    import asyncio  # not before: it takes 20 ms of the time to the first answer

    asyncio.run(_serve_stdio(server, wire, handover))


def _load(settings: Settings, remembered: "RememberedPermissions | None" = None) -> "PantherServer":
    """Import the framework and build the server, in half the time that it takes by default."""
    os.environ.update(_FRAMEWORK)
    gc.disable()  # collecting while hundreds of classes are built finds nothing and takes 50 ms
    try:
        with _deferred_models():
            importlib.import_module("fastmcp.server.server")  # the package alone imports none of it
        from panther_mcp.server import create_server

        return create_server(settings, remembered=remembered, standalone=True)
    finally:
        gc.freeze()  # what is there now stays: no collection need look at it again
        gc.enable()


@contextlib.contextmanager
def _deferred_models() -> Generator[None]:
    """Let the pydantic models that are imported meanwhile build their validators on first use, if ever."""
    from pydantic import BaseModel

    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]


async def _serve_stdio(server: "PantherServer", wire: Wire, handover: "Handover") -> None:
    import asyncio

    from panther_mcp.stdio.transport import Incoming, Outgoing

    # However the input ends, by the client or by a signal: the server cancels what runs and ends in good order.
    outgoing = Outgoing(wire.sink, lambda: incoming.end(), muted=handover.answered)
    incoming = Incoming(wire.source, outgoing.write, _end_soon, unread=handover.unread)
    with _stopping(asyncio.get_running_loop(), incoming.end):
        await server.run_over(incoming, outgoing)


def _serve_http(settings: Settings, listener: socket.socket) -> None:
    server = _load(settings)
    import asyncio

    from panther_mcp.http_serving import serve_http

    asyncio.run(serve_http(server, settings, listener, _end_soon))


def _end_soon() -> None:
    """Let the process end when the time for cleaning up has passed, whatever still runs then."""
    import asyncio

    asyncio.get_running_loop().call_later(_GRACE, leave, 0)


def _check_http(settings: Settings) -> None:
    """Raise `StartupError` where others than this machine could use the server without being asked who they are."""
    if not is_loopback(settings.host) and not settings.http_tokens:
        raise StartupError(
            f"panther-mcp does not listen on {settings.host} without authentication: whoever can reach it could use "
            "Panther with the permissions of the API token.",
            hint=(
                "Set PANTHER_MCP_HTTP_TOKEN to a random token of at least 32 characters (`openssl rand -hex 32`), "
                "which clients send as `Authorization: Bearer <token>`, or serve this machine only (127.0.0.1)."
            ),
        )


@contextlib.contextmanager
def _stopping(loop: "asyncio.AbstractEventLoop", stop: Callable[[], None]) -> Generator[None]:
    """Call `stop` at SIGINT and SIGTERM. Windows has no such handlers: there ^C is a KeyboardInterrupt."""
    signals = () if sys.platform == "win32" else (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def _greet(wire: Wire) -> None:
    """Tell a person who started this in a terminal what it waits for. A client's pipe gets no such line."""
    if os.isatty(wire.source):
        sys.stderr.write(
            "panther-mcp speaks MCP on stdin and stdout and waits for a client; ^C ends it. "
            "`panther-mcp --help` says what else it does.\n"
        )


@contextlib.contextmanager
def _listen(host: str, port: int) -> Generator[socket.socket]:
    """Bind the port ourselves: uvicorn would log a taken one and exit."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartupError(
                f"Port {port} on {host} is in use.", hint="Choose another with --port or MCP_PORT."
            ) from error
        raise StartupError(
            f"Cannot listen on {host}, port {port}: {error.strerror or error}.",
            hint="Check --host (MCP_HOST) and --port (MCP_PORT).",
        ) from error
    with listener:
        yield listener

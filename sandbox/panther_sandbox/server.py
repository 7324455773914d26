"""Runs the sandbox on loopback: in a thread of its own, or in the foreground."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

import uvicorn

from panther_sandbox.errors import StartFailedError
from panther_sandbox.faults.spec import Fault, parse_all
from panther_sandbox.sandbox import Sandbox, open_sandbox
from panther_sandbox.seed.facts import DEFAULT_SEED

HOST = "127.0.0.1"
_START_SECONDS = 30.0


@dataclass(frozen=True)
class SandboxAddress:
    """Where a running sandbox is, and the tokens that open it."""

    instance_url: str
    api_token: str
    read_only_token: str


class _QuietServer(uvicorn.Server):
    """Says when it answers, and when it is about to end."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None], on_stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._on_stopping = on_stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self._on_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell, then end."""
        self._on_stopping()
        await super().shutdown(sockets)


class SandboxServer:
    """A sandbox served from a daemon thread with its own event loop; a context manager that gives its address."""

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = DEFAULT_SEED,
        now: datetime | None = None,
        scale: int = 0,
        lake: Path | None = None,
        data: Path | None = None,
        faults: Sequence[str] = (),
    ) -> None:
        """Take the port (0: any free one), the story's seed, when its clock starts, and a folder that keeps its data.

        Without a folder, what clients change is gone when the sandbox stops. `scale` is how many rows the log tables
        hold at least, `lake` a folder of own logs that become tables. `faults` are the faults to serve with, as
        `faults.spec` reads them. Raises FaultSpecError.
        """
        self._port = port
        self._data = data
        self._seed = seed
        self._now = now
        self._scale = scale
        self._lake = lake
        self._faults = parse_all(faults)
        self._sandbox: Sandbox | None = None
        self._server: _QuietServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> SandboxAddress:
        """Build the sandbox and serve it; return once it answers. Raises StartFailedError."""
        if self._thread is not None:
            raise StartFailedError("the sandbox is running already")
        listener = _listen(self._port)
        started = threading.Event()
        try:
            sandbox = open_sandbox(
                seed=self._seed,
                now=self._now,
                scale=self._scale,
                lake=self._lake,
                data=self._data,
                restorable=True,
            )
        except BaseException:
            listener.close()
            raise
        server = _server(sandbox, self._faults, started.set)
        thread = threading.Thread(target=server.run, args=([listener],), name="panther-sandbox", daemon=True)
        self._sandbox, self._server, self._thread = sandbox, server, thread
        thread.start()
        if not started.wait(_START_SECONDS):
            self.stop()
            raise StartFailedError("the sandbox did not start in time")
        return _address(sandbox, listener)

    def restore(self) -> None:
        """Put the story back as it was at the start: what clients have changed since is forgotten.

        Its address and tokens stay. Raises ValueError for a sandbox that does not run or that has a data folder.
        """
        if self._sandbox is None:
            raise ValueError("the sandbox does not run")
        self._sandbox.restore()

    def stop(self) -> None:
        """Stop serving and free everything; stopping twice does no harm."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = self._server = self._thread = None

    def __enter__(self) -> SandboxAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def serve(
    *,
    port: int = 0,
    seed: int = DEFAULT_SEED,
    now: datetime | None = None,
    scale: int = 0,
    lake: Path | None = None,
    data: Path | None = None,
    faults: Sequence[str] = (),
    on_ready: Callable[[SandboxAddress], None],
) -> None:
    """Serve a sandbox until SIGINT or SIGTERM; `on_ready` gets its address once it answers.

    To be called from the main thread. Raises StartFailedError, of which DataFolderError and LakeFilesError are kinds,
    and FaultSpecError.
    """
    asked_for = parse_all(faults)
    listener = _listen(port)
    try:
        sandbox = open_sandbox(seed=seed, now=now, scale=scale, lake=lake, data=data)
    except BaseException:
        listener.close()
        raise
    try:
        server = _server(sandbox, asked_for, lambda: on_ready(_address(sandbox, listener)))
        with _calm_end():
            server.run([listener])
    finally:
        sandbox.close()


@contextmanager
def _calm_end() -> Generator[None]:
    """Let a signal end the server and nothing more: uvicorn shuts down in order, then raises the signal again."""
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, lambda _number, _frame: None) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise StartFailedError(f"cannot listen on {HOST}:{port}: {error.strerror or error}") from error
    listener.listen(128)
    return listener


def _server(sandbox: Sandbox, faults: Sequence[Fault], on_started: Callable[[], None]) -> _QuietServer:
    # Imported while the lake is being built in another thread: GraphQL takes a while.
    from panther_sandbox.app import build_app
    from panther_sandbox.faults.connection import BreakableProtocol
    from panther_sandbox.faults.middleware import FaultMiddleware

    app = FaultMiddleware(build_app(sandbox), sandbox, faults)
    config = uvicorn.Config(
        app,
        http=BreakableProtocol,
        log_config=None,
        log_level="warning",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    return _QuietServer(config, on_started, app.hang_up)


def _address(sandbox: Sandbox, listener: socket.socket) -> SandboxAddress:
    port = listener.getsockname()[1]
    return SandboxAddress(f"http://{HOST}:{port}", sandbox.api_token, sandbox.read_only_token)

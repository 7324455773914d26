"""stdin and stdout for the MCP protocol alone: stray output goes to stderr, and the input can be ended."""

import io
import os
import select
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, TextIO, cast

from panther_mcp.errors import StartupError
from panther_mcp.request_lines import RequestLines

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_STDIN, _STDOUT, _STDERR = 0, 1, 2


class Wire:
    """The protocol's streams. `end_input` makes the server read an end of input, as if the client left."""

    def __init__(self, source: io.RawIOBase, stdout: BinaryIO, wake: int | None) -> None:
        self._ended: Callable[[], object] | None = None
        self._lines = RequestLines(source, self._answer, self._end)
        self.stdin = cast("BinaryIO", io.BufferedReader(self._lines))
        self.stdout = stdout
        self._wake = wake

    def when_ended(self, call: Callable[[], object]) -> None:
        """Have `call` called, in another thread, when the input has ended."""
        self._ended = call

    def resume(self, unread: bytes, stdout: BinaryIO) -> None:
        """Let the transport read `unread` first, and write through `stdout`, which leads to the client as well."""
        self._lines.unread(unread)
        sys.stdin = cast("TextIO", _ProtocolOnly(self.stdin, None))
        sys.stdout = cast("TextIO", _ProtocolOnly(stdout, sys.stderr))

    def end_input(self) -> bool:
        """End the input; False where that is impossible (on Windows): the caller has to exit instead."""
        if self._wake is None:
            return False
        os.write(self._wake, b".")
        return True

    def _end(self) -> None:
        if self._ended is not None:
            self._ended()

    def _answer(self, line: bytes) -> None:
        # One write: the answers of the transport, in another thread, come before it or after it.
        self.stdout.write(line)
        self.stdout.flush()


@contextmanager
def claimed() -> Generator[Wire]:
    """Take stdin and stdout for the protocol, and give them back at the end.

    In between, descriptor 0 reads nothing and descriptor 1 is stderr, for this process and its children, and
    printed text goes to stderr. Only `sys.stdin.buffer` and `sys.stdout.buffer` lead to the client: they are
    what the stdio transport takes (mcp.server.stdio).

    Raises:
        StartupError: The process was started without a stdin or a stdout.
    """
    try:
        descriptors = os.dup(_STDIN), os.dup(_STDOUT)
    except OSError as error:
        raise StartupError(
            "There is no standard input or output to speak MCP on.", hint="Use --transport http."
        ) from error
    source, wake = _interruptible(descriptors[0])
    writer = io.BufferedWriter(_ClientOutput(descriptors[1], wake))
    wire = Wire(source, cast("BinaryIO", writer), wake)
    before = (sys.stdin, sys.stdout)
    _divert_descriptors()
    sys.stdin = cast("TextIO", _ProtocolOnly(wire.stdin, None))
    sys.stdout = cast("TextIO", _ProtocolOnly(wire.stdout, sys.stderr))
    try:
        yield wire
    finally:
        wire.stdout.flush()
        os.dup2(wire.stdin.fileno(), _STDIN)
        os.dup2(wire.stdout.fileno(), _STDOUT)
        sys.stdin, sys.stdout = before


def _divert_descriptors() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _STDIN)
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:
        os.dup2(nothing, _STDOUT)  # started without a stderr
    os.close(nothing)


def _interruptible(descriptor: int) -> tuple[io.RawIOBase, int | None]:
    """Return a raw reader of `descriptor`, and the descriptor to write to in order to end it.

    A thread that waits in read() cannot be interrupted, so it waits in select() instead, on two descriptors.
    """
    if sys.platform == "win32":  # select() takes sockets only
        return io.FileIO(descriptor, "rb"), None
    woken, wake = os.pipe()
    return _InterruptibleInput(descriptor, woken), wake


class _InterruptibleInput(io.RawIOBase):
    def __init__(self, descriptor: int, woken: int) -> None:
        self._descriptor = descriptor
        self._woken = woken

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        ready, _, _ = select.select((self._descriptor, self._woken), (), ())
        if self._woken in ready:
            return 0
        with memoryview(buffer).cast("B") as view:
            data = os.read(self._descriptor, len(view))
            view[: len(data)] = data
        return len(data)


class _ClientOutput(io.RawIOBase):
    """Writes to `descriptor`; a client that no longer reads has left: its input ends too.

    Raising instead would leave the transport waiting for input that may never come.
    """

    def __init__(self, descriptor: int, wake: int | None) -> None:
        self._descriptor = descriptor
        self._wake = wake

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return os.write(self._descriptor, data)
        except BrokenPipeError:
            if self._wake is None:
                raise
            os.write(self._wake, b".")
            return memoryview(data).nbytes


class _ProtocolOnly(io.TextIOBase):
    """A text stream whose text is not the protocol's: what is written goes to `stray`, reading is refused."""

    encoding = "utf-8"

    def __init__(self, buffer: BinaryIO, stray: TextIO | None) -> None:
        self.buffer = buffer
        self._stray = stray

    def writable(self) -> bool:
        return self._stray is not None

    def write(self, text: str) -> int:
        return len(text) if self._stray is None else self._stray.write(text)

    def flush(self) -> None:
        if self._stray is not None:
            self._stray.flush()

    def isatty(self) -> bool:
        return False

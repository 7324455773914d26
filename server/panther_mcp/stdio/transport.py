"""The streams of messages between the MCP library and one client, read and written by the event loop itself.

The library's own stdio transport sends every line through three worker threads, which takes as long as all the rest
of a call. Messages go in and out here without one; a thread reads only where the loop cannot wait for the input.
"""

import asyncio
import contextlib
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse

from panther_mcp.stdio.descriptors import WRITTEN_AT_ONCE
from panther_mcp.stdio.lines import Lines, message_in

_READ_AT_ONCE: Final = 1 << 16
# What may wait for a client that does not read before those who answer have to wait too.
_MOST_WAITING: Final = 1 << 20
# How many lines may wait for us before no more are read.
_MOST_LINES: Final = 1_000


class Outgoing:
    """Messages to the client, each a line; what does not fit into the pipe is written when there is room.

    A message is written as a whole even if its sender is cancelled meanwhile. `gone` is called when the client no
    longer reads; what is sent from then on is dropped. The first answer to the request `muted` is dropped as well.
    """

    def __init__(self, sink: int, gone: Callable[[], None], *, muted: str | int | None = None) -> None:
        self._sink, self._gone, self._muted = sink, gone, muted
        self._loop = asyncio.get_running_loop()
        self._waiting = bytearray()
        self._room, self._empty = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._empty.set()
        self._watching = self._closed = False

    async def send(self, item: SessionMessage, /) -> None:
        """Write a message. Waits while the client has much to read already."""
        if self._closed:
            raise anyio.ClosedResourceError
        message = item.message
        if (
            self._muted is not None
            and isinstance(message, JSONRPCResponse | JSONRPCError)
            and message.id == self._muted
        ):
            self._muted = None
            return
        self.write(message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
        await self._room.wait()

    def write(self, line: bytes) -> None:
        """Write a line, now or as soon as there is room."""
        self._waiting += line
        if not self._watching:
            self._flush()
        elif len(self._waiting) >= _MOST_WAITING:
            self._room.clear()

    def _flush(self) -> None:
        written = 0
        try:
            with memoryview(self._waiting) as waiting:
                while written < len(waiting) and self._ready():
                    written += os.write(self._sink, waiting[written : written + WRITTEN_AT_ONCE])
        except BlockingIOError:
            pass  # whoever has the other end has made it non-blocking, and it has less room than it said
        except OSError:
            # A client that has closed its end has left. Nobody reads what is left to write.
            written = len(self._waiting)
            self._gone()
        del self._waiting[:written]
        _set(self._empty, not self._waiting)
        _set(self._room, len(self._waiting) < _MOST_WAITING)
        if self._waiting and not self._watching:
            self._loop.add_writer(self._sink, self._flush)
        elif self._watching and not self._waiting:
            self._loop.remove_writer(self._sink)
        self._watching = bool(self._waiting)

    def _ready(self) -> bool:
        # On Windows, where one cannot ask, a client that does not read is waited for.
        return sys.platform == "win32" or bool(select.select((), (self._sink,), (), 0)[1])

    async def aclose(self) -> None:
        """Take no more messages, and wait until the client has read those there are."""
        self._closed = True
        await self._empty.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()


class Incoming:
    """Messages of the client, in their order; a line that is none is answered through `answer`.

    `unread` was read from `source` already. `ended` is called when the input has ended: by the client, or by `end`.
    """

    def __init__(
        self, source: int, answer: Callable[[bytes], None], ended: Callable[[], None], *, unread: bytes = b""
    ) -> None:
        self._source, self._answer, self._told_end = source, answer, ended
        self._loop = asyncio.get_running_loop()
        self._lines = Lines()
        self._ready = deque(self._lines.ended_in(unread))
        self._more = asyncio.Event()
        self._ended = self._paused = False
        self._watched = self._watch()

    async def receive(self) -> SessionMessage:
        """Return the next message, as soon as there is one. Raises `anyio.EndOfStream` when there are no more."""
        while True:
            while self._ready:
                found = message_in(self._ready.popleft())
                if self._paused and not self._ready:
                    self._paused = False
                    self._loop.add_reader(self._source, self._read)
                if isinstance(found, bytes):
                    self._answer(found)
                elif found is not None:
                    return SessionMessage(found)
            if self._ended:
                raise anyio.EndOfStream
            self._more.clear()
            await self._more.wait()

    def end(self) -> None:
        """End the input, as if the client had left; what it has sent and nobody has received is dropped."""
        self._ready.clear()
        self._finish()

    def _watch(self) -> bool:
        """Have the input read when there is some; False where a thread has to wait for it."""
        if sys.platform != "win32":
            try:
                self._loop.add_reader(self._source, self._read)
            except OSError:
                pass  # epoll takes no file on the disk, kqueue no terminal
            else:
                return True
        threading.Thread(target=self._read_waiting, name="panther-stdin", daemon=True).start()
        return False

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):  # ready no more, where others read from it too
            self._take(_read_from(self._source))

    def _read_waiting(self) -> None:
        data = b"begun"
        while data:
            data = _read_from(self._source)
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._take, data)

    def _take(self, data: bytes) -> None:
        if self._ended:
            return
        if data:
            self._ready += self._lines.ended_in(data)
            self._more.set()
            if self._watched and len(self._ready) > _MOST_LINES:
                self._loop.remove_reader(self._source)
                self._paused = True
        else:
            self._ready.append(self._lines.last())
            self._finish()

    def _finish(self) -> None:
        if self._ended:
            return
        self._ended, self._paused = True, False
        if self._watched:
            self._loop.remove_reader(self._source)
        self._more.set()
        self._told_end()

    async def aclose(self) -> None:
        """Read no more."""
        self.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None


def _read_from(source: int) -> bytes:
    """Return what can be read; nothing at the end."""
    try:
        return os.read(source, _READ_AT_ONCE)
    except BlockingIOError:
        raise
    except OSError:
        return b""  # a terminal that is gone


def _set(event: asyncio.Event, value: bool) -> None:
    if value:
        event.set()
    else:
        event.clear()

"""The connections to Panther: each request has an HTTP client to itself, and with it a connection.

httpx2 keeps idle connections in one pool, and asks the system about each of them twice a request, which takes 10 µs
apiece: once 32 requests had been under way together, every later one took a third of a millisecond longer.
"""

import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Final

import httpx2

# An idle connection is of no use after this time, as its other end will have closed it.
KEPT_ALIVE_SECONDS: Final = 30.0


class Connections:
    """HTTP clients of one kind, each with its own connections; the one used last is lent first.

    `make` makes a client; what it raises, so do `Connections` and `lent`. Where there are several, one that has been
    idle for `kept` seconds is closed when another is given back. `build_request` makes a request to send with any.
    """

    def __init__(self, make: Callable[[], httpx2.AsyncClient], *, kept: float = KEPT_ALIVE_SECONDS) -> None:
        self._make, self._kept = make, kept
        first = make()
        # With the time since when, those used last at the end.
        self._idle = deque([(time.monotonic(), first)])
        self._all = {first}
        # A closed client builds requests just as well.
        self.build_request = first.build_request

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[httpx2.AsyncClient]:
        """Lend a client to send one request with, which has been read to its end afterwards."""
        client = self._idle.pop()[1] if self._idle else self._added()
        try:
            yield client
        finally:
            if client in self._all:
                self._idle.append((time.monotonic(), client))
            else:
                await client.aclose()  # closed meanwhile
        await self._close_unused()

    def _added(self) -> httpx2.AsyncClient:
        client = self._make()
        self._all.add(client)
        return client

    async def _close_unused(self) -> None:
        """Close the client that has been idle for longest, if that is too long."""
        if len(self._idle) < 2:
            return
        since, client = self._idle[0]
        if time.monotonic() - since > self._kept:
            self._idle.popleft()
            self._all.remove(client)
            await client.aclose()

    async def aclose(self) -> None:
        """Close all connections; those that are lent, when they are given back."""
        closing = [client for _, client in self._idle]
        self._idle.clear()
        self._all.clear()
        for client in closing:
            await client.aclose()

"""One HTTP connection: uvicorn's own, with a limit on the time that a request may take to arrive.

uvicorn limits the size of a head and the time between requests, but waits for ever for the rest of a request.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

ARRIVAL_SECONDS: Final = 20.0
_TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_ARRIVING: Final = (h11.IDLE, h11.SEND_BODY)


class TimedConnection(H11Protocol):
    """Closes a connection whose request, head and body, has not arrived `arrival_seconds` after it began."""

    arrival_seconds = ARRIVAL_SECONDS
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take some bytes; where they end a request, nothing is waited for."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Go on with the next request, of which a part may be there already."""
        super().on_response_complete()
        if self.conn.their_state is not h11.IDLE or self.conn.trailing_data[0]:
            self._watch()
        else:
            self._stop()  # between requests, uvicorn's own timer runs

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Let the time run while a request is arriving; more bytes of the same one win no time."""
        if self.conn.their_state not in _ARRIVING:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.arrival_seconds, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if not self.transport.is_closing():
            if self.conn.our_state is h11.IDLE:
                self.transport.write(_TIMED_OUT)
            self.transport.close()

"""The HTTP requests that are being served: one whose client leaves is cancelled, and all are when the server stops.

Imported for the HTTP transport only. Neither uvicorn nor the MCP library does the first for answers that are one JSON.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import uvicorn
from anyio import CancelScope
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STOPPING: Final = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"The server is stopping."}}'


class RunningRequests:
    """The requests of one server, while they are being served."""

    def __init__(self) -> None:
        self._scopes: set[CancelScope] = set()
        self.stopped = False

    def stop(self) -> None:
        """Cancel all that run, and those that still come."""
        self.stopped = True
        for scope in self._scopes:
            scope.cancel()

    def begin(self, scope: CancelScope) -> None:
        """Note a request that can be cancelled by `scope`."""
        self._scopes.add(scope)
        if self.stopped:
            scope.cancel()

    def end(self, scope: CancelScope) -> None:
        """Forget a request."""
        self._scopes.discard(scope)


class CancelledWithItsClient:
    """Cancels a request when its client disconnects before it has the answer, or when the server stops.

    The server keeps no sessions over HTTP, so that an answer whose client is gone could never be fetched.
    """

    def __init__(self, app: ASGIApp, running: RunningRequests) -> None:
        self._app, self._running = app, running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cancelling = CancelScope()
        client = _Client(receive, send, cancelling)
        with cancelling:
            self._running.begin(cancelling)
            listening = asyncio.ensure_future(client.listen())
            try:
                await self._app(scope, client.receive, client.send)
            finally:
                listening.cancel()
                self._running.end(cancelling)
        if self._running.stopped and not client.answering:
            await Response(_STOPPING, 503, media_type="application/json")(scope, receive, send)


class _Client:
    """What the client of one request sends, read ahead by one part so that its leaving is seen."""

    def __init__(self, receive: Receive, send: Send, cancelling: CancelScope) -> None:
        self._receive, self._send, self._cancelling = receive, send, cancelling
        self._parts: asyncio.Queue[Message] = asyncio.Queue(1)
        self._left: Message | None = None
        self.answering = self._answered = False

    async def listen(self) -> None:
        """Read until the client leaves; if it has no answer by then, cancel the request."""
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
            await self._parts.put(message)
        self._left = message
        if not self._answered:
            self._cancelling.cancel()
        else:
            await self._parts.put(message)

    async def receive(self) -> Message:
        """Return the next part of the request, as ASGI has it."""
        if self._left is not None and self._parts.empty():
            return self._left
        return await self._parts.get()

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        self.answering = True
        self._answered = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)


class StoppingServer(uvicorn.Server):
    """uvicorn's server; at SIGINT or SIGTERM it calls `stopping`, then cancels what runs instead of waiting for it."""

    def __init__(self, config: uvicorn.Config, running: RunningRequests, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._running, self._stopping = running, stopping

    async def main_loop(self) -> None:
        """Serve until there is a reason to stop."""
        await super().main_loop()
        self._stopping()
        self._running.stop()

"""A loopback HTTP server that answers with scripted raw bytes, for what only the wire can show."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from panther_mcp.http import PantherHttp
from panther_mcp.resilience.dispatcher import Dispatcher
from panther_mcp.settings import Secret, Settings

TOKEN = "panther-test-token-0123456789"


@dataclass
class Received:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """`answers` maps a path to the bytes to send for it (None: `late`, once `released`), or to a list of those.

    Of a list the last one stays. A connection serves one request. `times` has when each request came, and `most` how
    many were open at a time.
    """

    url: str = ""
    answers: dict[str, bytes | list[bytes] | None] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    late: bytes = b""
    times: list[float] = field(default_factory=list)
    most: int = 0
    _open: int = 0

    async def came(self, count: int) -> None:
        """Return when so many requests have come."""
        while len(self.received) < count:
            self.arrived.clear()
            await self.arrived.wait()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            start = await reader.readexactly(1)
            if start == b"\x16":  # a TLS handshake: answer as a server does that speaks plain HTTP
                writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                return
            head = (start + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = first.split(" ")
            self.received.append(Received(method, target, headers, body))
            self.times.append(time.monotonic())
            self._open += 1
            self.most = max(self.most, self._open)
            self.arrived.set()
            answer = self.answers.get(target.partition("?")[0], b"HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n")
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if answer is None:
                await self.released.wait()
            self._open -= 1
            writer.write(self.late if answer is None else answer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def http_answer(status: int, body: object = b"", content_type: str = "application/json", **headers: str) -> bytes:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    all_headers = {"Content-Type": content_type, "Content-Length": str(len(payload)), "Connection": "close"}
    all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + payload


@pytest.fixture
def answer() -> Callable[..., bytes]:
    return http_answer


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    served = Wire()
    server = await asyncio.start_server(served.handle, "127.0.0.1", 0)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield served
    served.released.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
async def connect(wire: Wire) -> AsyncIterator[Callable[..., PantherHttp]]:
    """Return a maker of clients: without a lookup they talk to `wire`, and repeat nothing, unless told otherwise."""
    made: list[PantherHttp] = []

    def make(**changes: Any) -> PantherHttp:
        values: dict[str, Any] = {"rest_url": wire.url, "api_token": Secret(TOKEN), "retries": 0} | changes
        parts = {name: values.pop(name) for name in ("backoff", "outages", "token") if name in values}
        kept = values.pop("kept", None)
        settings = Settings(**values)
        made.append(PantherHttp(settings, Dispatcher(settings, **parts), kept=kept))
        return made[-1]

    yield make
    for http in made:
        await http.aclose()


@pytest.fixture
def failure() -> Callable[[Awaitable[Any]], Awaitable[Any]]:
    """Return the PantherMcpError that an awaitable ends with, after checking that it holds no token."""
    from panther_mcp.errors import PantherMcpError

    async def catch(awaitable: Awaitable[Any]) -> PantherMcpError:
        with pytest.raises(PantherMcpError) as caught:
            await awaitable
        error: BaseException | None = caught.value
        while error is not None:
            assert TOKEN not in f"{error!r}{error}"
            error = error.__cause__ or error.__context__
        assert TOKEN not in json.dumps(caught.value.to_payload())
        return caught.value

    return catch

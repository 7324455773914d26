"""One request to see how far one gets: connection, TLS, answer. It is made as the server's own are, without the key."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx2

from panther_mcp.errors import PantherMcpError
from panther_mcp.http_client import new_client
from panther_mcp.settings import Settings
from panther_mcp.wire import exchange

_LIMIT: Final = 2 << 20


@dataclass
class Greeting:
    """How far a request got. `failure` is why it got no answer; whatever was answered is good enough."""

    connected: bool = False
    connect_ms: int = 0
    encrypted: bool = False
    tls_version: str = ""
    # As `ssl.SSLSocket.getpeercert` tells it; None where the system, and not Python, has checked it.
    certificate: Mapping[str, Any] | None = None
    # How far this machine's clock is ahead of the answer's `Date`, in seconds.
    clock_skew: float | None = None
    failure: PantherMcpError | None = None


async def greet(settings: Settings, url: str) -> Greeting:
    """Return how far a request to `url` gets."""
    greeting = Greeting()
    began: list[float] = []

    async def trace(event: str, info: Mapping[str, Any]) -> None:
        step = event.partition(".")[2]
        if step == "connect_tcp.started":
            began.append(time.perf_counter())
        elif step == "connect_tcp.complete":
            greeting.connected = True
            greeting.connect_ms = round((time.perf_counter() - began[-1]) * 1_000)
        elif step == "start_tls.complete":
            _look_at(info["return_value"].get_extra_info("ssl_object"), greeting)

    async with new_client(settings) as client:
        request = client.build_request("HEAD", url or "/", extensions={"trace": trace})
        try:
            answer = await exchange(client, request, deadline=settings.call_timeout, limit=_LIMIT)
        except PantherMcpError as error:
            greeting.failure = error
        else:
            greeting.clock_skew = _skew(httpx2.Headers(answer.headers).get("date", ""))
    return greeting


def _look_at(stream: ssl.SSLObject | ssl.SSLSocket | None, greeting: Greeting) -> None:
    greeting.encrypted = True
    if stream is not None:
        greeting.tls_version = stream.version() or ""
        # Empty where the certificate was not checked by Python.
        greeting.certificate = stream.getpeercert() or None


def _skew(date: str) -> float | None:
    """Return how far this machine's clock is ahead of `date`, which has whole seconds, cut off."""
    try:
        told = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    return time.time() - told - 0.5

"""A request that was read, a response that is complete, and how faults break the response's way."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from panther_sandbox.faults import connection
from panther_sandbox.faults.spec import Fault

_PIECE = 65_536
_MEBIBYTE = 1_048_576
_JSON = "application/json"
_NONSENSE = {
    "empty": b"",
    "broken": b'{"data": {"id": 1, "results": [{"id":',
    "null": b"null",
    "text": b'"OK"',
    "number": b"0",
    "list": b"[]",
    "object": b"{}",
}
_HTML = b"""<!doctype html>
<html><head><title>One moment</title></head><body><h1>This page is not the API.</h1></body></html>
"""


@dataclass
class Response:
    """A response before it is sent; the length of its body is no header yet."""

    status: int
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytes = b""

    def set_header(self, name: str, value: str) -> None:
        """Set a header, in place of one of the same name."""
        key = name.encode()
        self.headers = [item for item in self.headers if item[0].lower() != key] + [(key, value.encode())]


def json_response(status: int, body: Any) -> Response:
    """Return a response as the APIs give them."""
    return Response(status, [(b"content-type", _JSON.encode())], json.dumps(body).encode())


def response_instead(fault: Fault) -> Response:
    """Return what is answered in place of the API's answer."""
    if fault.kind == "html":
        return Response(fault.number, [(b"content-type", b"text/html; charset=utf-8")], _HTML)
    if fault.kind == "redirect":
        return Response(fault.number, [(b"location", (fault.option_text("to") or "").encode())])
    if fault.kind == "nonsense":
        return Response(200, [(b"content-type", _JSON.encode())], _NONSENSE[fault.text])
    known = {int(status): status.phrase for status in HTTPStatus}
    message = known.get(fault.number, f"status {fault.number}")
    response = json_response(fault.number, {"error": "forbidden"} if fault.number == 403 else {"message": message})
    wait = fault.option_number("retry-after")
    if wait is not None:
        response.set_header("retry-after", str(wait))
    return response


async def read_body(receive: Receive) -> bytes | None:
    """Return the body of a request; None when its client is gone."""
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body which was read already, and then what comes after it."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


async def answered(app: ASGIApp, scope: Scope, receive: Receive) -> Response:
    """Run the application and return its whole response."""
    response = Response(500)
    pieces: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status = message["status"]
            response.headers = [item for item in message.get("headers", []) if item[0].lower() != b"content-length"]
        else:
            pieces.append(message.get("body", b""))

    await app(scope, receive, keep)
    response.body = b"".join(pieces)
    return response


async def client_leaves(receive: Receive, seconds: float | None = None) -> bool:
    """Wait until the client is gone, but not longer than some seconds; say whether it is."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def deliver(response: Response, faults: Mapping[str, Fault], scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response the way the faults want it, by their kinds."""
    if "content-type" in faults:
        response.set_header("content-type", faults["content-type"].text)
    body, cut, huge = response.body, faults.get("truncate"), faults.get("huge")
    if bomb := faults.get("bomb"):
        response.set_header("content-encoding", "gzip")
        body = _compressed(body, bomb.number)
    sent = body[: len(body) // 2] if cut else body
    promised = len(body) if cut and cut.text == "length" else len(sent)
    if huge is None and response.status != HTTPStatus.NO_CONTENT:
        response.set_header("content-length", str(promised))
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    drip = faults.get("drip")
    size = (drip.option_number("chunk") if drip else None) or _PIECE
    for begin in range(0, len(sent), size):
        if drip and begin and await client_leaves(receive, drip.number / 1000):
            return
        await send({"type": "http.response.body", "body": sent[begin : begin + size], "more_body": True})
    # JSON may end with any number of spaces, so that the answer is as right as before.
    for _ in range(huge.number * _MEBIBYTE // _PIECE if huge else 0):
        await send({"type": "http.response.body", "body": b" " * _PIECE, "more_body": True})
    if promised > len(sent):
        connection.close(scope)
        await client_leaves(receive)
    else:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _compressed(body: bytes, mebibytes: int) -> bytes:
    """Return a body and so many mebibytes of spaces, in gzip: a thousandth of what it becomes."""
    # 16 more than the window's size make it gzip.
    squeeze = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    pieces = [squeeze.compress(body), *(squeeze.compress(b" " * _MEBIBYTE) for _ in range(mebibytes))]
    return b"".join([*pieces, squeeze.flush()])

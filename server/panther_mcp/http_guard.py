"""Who may use the server over HTTP: bearer tokens, answers to the others that tell nothing, and the health check.

Imported for the HTTP transport only.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Final

from fastmcp.server.auth import AccessToken, TokenVerifier
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from panther_mcp.audit.setup import fingerprint
from panther_mcp.secret import Secret

# What a client may send as Host and as Origin. The check against the known names, which comes with fastmcp, takes
# odd ones for the name that stands in them.
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_ORIGIN: Final = re.compile(rf"https?://{_HOST.pattern}")
# uvicorn bounds only a head that is not complete.
_HEAD_BYTES: Final = 16 << 10
_NOT_ALLOWED: Final = (401, 403)


class SharedTokens(TokenVerifier):
    """Accepts any of some tokens that the server and its clients share.

    A client is known by the fingerprint of the token that it sends.
    """

    def __init__(self, tokens: Sequence[Secret]) -> None:
        super().__init__()
        self._shared = [(token.reveal().encode(), f"http-token-{fingerprint(token.reveal())}") for token in tokens]

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return who sends `token`, or None. How long it takes depends on no token's content."""
        given = token.encode("utf-8", "surrogateescape")
        names = [name for shared, name in self._shared if hmac.compare_digest(shared, given)]
        # What is kept with the request, and may be shown, is not the token.
        return AccessToken(token=names[0], client_id=names[0], scopes=[]) if names else None


class Guard:
    """Refuses a malformed Host or Origin and a large head.

    It takes the reasons out of refusals, too: they would only help whoever guesses.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if problem := _malformed(scope):
            await problem(scope, receive, send)
            return
        refused = False

        async def send_guarded(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] in _NOT_ALLOWED:
                refused = True
                await refusal(message["status"])(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, send_guarded)


def _malformed(scope: Scope) -> Response | None:
    """Return the answer to a request that no client sends in good faith, or None."""
    headers = Headers(scope=scope)
    if sum(len(name) + len(value) for name, value in headers.raw) + len(scope["query_string"]) > _HEAD_BYTES:
        return PlainTextResponse("Request Header Fields Too Large", 431)
    if not _HOST.fullmatch(headers.get("host", "")):
        return PlainTextResponse("Misdirected Request", 421)
    origins = headers.getlist("origin")
    if len(origins) > 1 or not all(_ORIGIN.fullmatch(origin) for origin in origins):
        return PlainTextResponse("Forbidden", 403)
    return None


def refusal(status: int) -> Response:
    """Return the answer to a client that may not use the server."""
    if status == 401:
        return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
    return PlainTextResponse("Forbidden", status)


async def health(_: Request) -> Response:
    """Say that the server runs, and nothing else."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

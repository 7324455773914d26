"""Routes to control a running sandbox with: the journal of changes, and a checkpoint to go back to.

They are for a token that may do everything, from this machine; no fault befalls them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from panther_sandbox.auth import TOKEN_HEADER, authenticate
from panther_sandbox.errors import AccessDeniedError, ConflictError, InvalidInputError, SandboxError
from panther_sandbox.permissions import ALL_PERMISSIONS
from panther_sandbox.sandbox import Sandbox

CONTROL_PREFIX = "/sandbox/"
Handler = Callable[[Request], Awaitable[Response]]


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes beside those of the faults."""

    kept: list[bytes] = []

    async def journal(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isascii() or not after.isdigit() or len(after) > 12:
            raise InvalidInputError("after must be the number of an entry")
        return JSONResponse(sandbox.journal.since(int(after)))

    async def checkpoint(request: Request) -> Response:
        if not sandbox.store.database.in_memory:
            raise ConflictError("a sandbox with a data folder keeps what it has, and has no checkpoints")
        if request.method == "PUT":
            kept[:] = [await run_in_threadpool(sandbox.store.database.image)]
        elif kept:
            await run_in_threadpool(sandbox.go_back, kept[0])
        else:
            raise ConflictError("there is no checkpoint to go back to: PUT takes one")
        return Response(status_code=204)

    return [
        Route(f"{CONTROL_PREFIX}journal", _guarded(sandbox, journal), methods=["GET"]),
        Route(f"{CONTROL_PREFIX}checkpoint", _guarded(sandbox, checkpoint), methods=["POST", "PUT"]),
    ]


async def check_control(sandbox: Sandbox, request: Request) -> None:
    """Raise UnauthenticatedError or AccessDeniedError when a request may not control the sandbox."""
    address = request.client.host if request.client else None
    if address is None or not ipaddress.ip_address(address).is_loopback:
        raise AccessDeniedError("a request from this machine")
    caller = await run_in_threadpool(authenticate, sandbox, request.headers.get(TOKEN_HEADER), address)
    if not caller.permissions.issuperset(ALL_PERMISSIONS):
        raise AccessDeniedError("every permission")


def _guarded(sandbox: Sandbox, handler: Handler) -> Handler:
    async def guarded(request: Request) -> Response:
        try:
            await check_control(sandbox, request)
            return await handler(request)
        except SandboxError as error:
            return JSONResponse({"message": str(error)}, error.status)

    return guarded

"""The control route: reads, replaces and clears the faults of a running sandbox."""

from __future__ import annotations

import json
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from panther_sandbox.control import CONTROL_PREFIX, check_control
from panther_sandbox.errors import InvalidInputError, SandboxError
from panther_sandbox.faults.registry import FaultRegistry
from panther_sandbox.faults.spec import Fault, FaultSpecError, parse_faults
from panther_sandbox.sandbox import Sandbox

CONTROL_PATH = f"{CONTROL_PREFIX}faults"
_METHODS = ("DELETE", "GET", "PUT")
_SHAPE = 'the body must be {"faults": ["KIND=VALUE;OPTION=VALUE", ...]}'


class FaultControl:
    """`GET`, `PUT` and `DELETE` of the faults, for a token that may do everything, from this machine."""

    def __init__(self, sandbox: Sandbox, registry: FaultRegistry) -> None:
        self._sandbox = sandbox
        self._registry = registry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        try:
            response = await self._answer(Request(scope, receive))
        except SandboxError as error:
            response = JSONResponse({"message": str(error)}, error.status)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method not in _METHODS:
            allowed = ", ".join(_METHODS)
            return JSONResponse({"message": f"allowed are {allowed}"}, 405, {"Allow": allowed})
        await check_control(self._sandbox, request)
        if request.method == "PUT":
            self._registry.replace(_faults(await request.body()))
        elif request.method == "DELETE":
            self._registry.replace(())
        return JSONResponse({"faults": [rule.described() for rule in self._registry.rules]})


def _faults(content: bytes) -> list[Fault]:
    try:
        body: object = json.loads(content)
    except ValueError:
        raise InvalidInputError(_SHAPE) from None
    specs: object = cast("dict[str, Any]", body).get("faults") if isinstance(body, dict) else None
    if not isinstance(specs, list):
        raise InvalidInputError(_SHAPE)
    faults: list[Fault] = []
    for index, spec in enumerate(cast("list[object]", specs)):
        if not isinstance(spec, str):
            raise InvalidInputError(f"faults[{index}]: {_SHAPE}")
        try:
            faults.extend(parse_faults(spec))
        except FaultSpecError as error:
            raise FaultSpecError(f"faults[{index}]: {error}") from None
    return faults

"""Run one call of a tool: arguments in, JSON out, every failure one of our errors."""

import asyncio
import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from panther_mcp.arguments import ArgumentValidator, normalise
from panther_mcp.catalog import CatalogTool
from panther_mcp.errors import (
    DeadlineExceeded,
    InternalError,
    PantherMcpError,
    PermissionDenied,
    UpstreamError,
)
from panther_mcp.http import PantherHttp
from panther_mcp.registry import RegisteredTool
from panther_mcp.runtime import Call, JsonObject, Progress, ToolFunction
from panther_mcp.sessions import Session

_log = logging.getLogger(__name__)
_WORKFLOWS = "panther_overrides.workflows"


@dataclass(frozen=True)
class _Loaded:
    function: ToolFunction
    validate: ArgumentValidator


class ToolRunner:
    """Runs the tools over one HTTP client; a tool's code is imported when it is first called."""

    def __init__(self, http: PantherHttp) -> None:
        self._http = http
        self._loaded: dict[str, _Loaded] = {}

    async def run(
        self, tool: RegisteredTool, arguments: Mapping[str, Any], *, progress: Progress, session: Session
    ) -> JsonObject:
        """Return the result of `tool` for `arguments`, with `warnings` where something is to be told.

        The call is counted in `session`. Raises `PantherMcpError` only; a failure of our own is logged with its
        traceback and becomes `InternalError`.
        """
        failed = True
        try:
            result = await self._translated(tool, arguments, progress, session)
            failed = False
        finally:
            session.called(tool.name, failed=failed)
        return result

    async def _translated(
        self, tool: RegisteredTool, arguments: Mapping[str, Any], progress: Progress, session: Session
    ) -> JsonObject:
        """Run the tool; whatever goes wrong becomes one of our errors."""
        try:
            return await self._run(tool, arguments, progress, session)
        except PermissionDenied as error:
            raise _with_permissions(error, tool.catalog) from error
        except PantherMcpError:
            raise
        except ValidationError as error:
            raise _misfit(tool.name, error) from error
        except Exception as error:
            _log.exception("%s failed", tool.name)
            raise InternalError(f"{tool.name} failed for a reason of its own ({type(error).__name__}).") from error

    async def _run(
        self, tool: RegisteredTool, arguments: Mapping[str, Any], progress: Progress, session: Session
    ) -> JsonObject:
        loaded = self._load(tool)
        given = loaded.validate(normalise(arguments, tool.parameters))
        for rule in tool.rules:
            given = rule.apply(given)
        call = Call(self._http, workflows=_workflow, progress=progress, session=session)
        try:
            async with asyncio.timeout(tool.catalog.timeout):
                result = await loaded.function(call, **given)
        except TimeoutError as error:
            raise DeadlineExceeded(f"{tool.name} took longer than {tool.catalog.timeout} s.") from error
        told = call.told()
        return {**result, "warnings": told} if told else result

    def _load(self, tool: RegisteredTool) -> _Loaded:
        loaded = self._loaded.get(tool.name)
        if loaded is None:
            function = _import(tool.catalog.target)
            loaded = self._loaded[tool.name] = _Loaded(function, ArgumentValidator(function))
        return loaded


def _workflow(name: str) -> ToolFunction:
    return _import(f"{_WORKFLOWS}.{name}:{name}")


def _import(target: str) -> ToolFunction:
    module, _, function = target.partition(":")
    found: ToolFunction = getattr(importlib.import_module(module), function)
    return found


def _misfit(name: str, error: ValidationError) -> UpstreamError:
    """Return the error for an answer that the tolerant models still refuse; arguments are validated before.

    The values are not told: they may be secret.
    """
    details = error.errors(include_input=False, include_url=False, include_context=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        return UpstreamError(
            "Panther's answer cannot be read: it is no JSON, or only a part of it.", hint="Try again.", retryable=True
        )
    where = ", ".join(".".join(map(str, detail["loc"])) for detail in details[:5])
    return UpstreamError(
        f"Panther's answer does not have the form that {name} expects (at {where}).",
        hint="This server may be older than Panther's API; check for an update.",
    )


def _with_permissions(error: PermissionDenied, tool: CatalogTool) -> PermissionDenied:
    """Return `error` naming the permissions that the tool needs, unless it names them already."""
    if "missing_permissions" in error.details:
        return error
    needed = tool.permissions.get("all_of") or tool.permissions.get("any_of") or []
    if not needed:
        return error
    word = " and " if tool.permissions.get("all_of") else " or "
    return PermissionDenied(
        f"{error.message.rstrip('.')}. {tool.name} needs {word.join(needed)}.",
        hint=error.hint,
        details={**error.details, "missing_permissions": needed},
    )

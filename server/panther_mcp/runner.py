"""Run one call of a tool: arguments in, JSON out, every failure one of our errors."""

import asyncio
import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from panther_mcp.arguments import ArgumentValidator, normalise
from panther_mcp.catalog import CatalogTool
from panther_mcp.ceiling import cut, size_parameter, surplus, told
from panther_mcp.emptiness import emptiness
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
from panther_mcp.sql_guard.guard import SqlGuard

_log = logging.getLogger(__name__)
_WORKFLOWS = "panther_overrides.workflows"


@dataclass(frozen=True)
class _Loaded:
    function: ToolFunction
    validate: ArgumentValidator


class ToolRunner:
    """Runs the tools over one HTTP client; a tool's code is imported when it is first called."""

    def __init__(self, http: PantherHttp, sql_guard: SqlGuard | None = None) -> None:
        self._http = http
        self._sql_guard = sql_guard or SqlGuard()
        self._loaded: dict[str, _Loaded] = {}

    async def run(
        self, tool: RegisteredTool, arguments: Mapping[str, Any], *, progress: Progress
    ) -> tuple[JsonObject, bytes]:
        """Return the result of `tool` for `arguments`, with `warnings` where something is to be told, and its JSON.

        Raises `PantherMcpError` only; a failure of our own is logged with its traceback and becomes
        `InternalError`.
        """
        try:
            return await self._run(tool, arguments, progress)
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
        self, tool: RegisteredTool, arguments: Mapping[str, Any], progress: Progress
    ) -> tuple[JsonObject, bytes]:
        loaded = self._load(tool)
        named = normalise(arguments, tool.parameters)
        given = loaded.validate(named)
        for rule in tool.rules:
            given = rule.apply(given)
        result = await self._answer(tool, loaded, given, progress)
        text = to_json(result)
        if len(text) > tool.ceiling:
            result = await self._below_ceiling(tool, loaded, given, result, progress)
            text = to_json(result)
        elif note := emptiness(result, tool, named, given):
            result = {**result, "note": note}
            text = to_json(result)
        return result, text

    async def _answer(
        self, tool: RegisteredTool, loaded: _Loaded, given: Mapping[str, Any], progress: Progress
    ) -> JsonObject:
        call = Call(self._http, workflows=_workflow, progress=progress, sql_guard=self._sql_guard)
        try:
            async with asyncio.timeout(tool.catalog.timeout):
                result = await loaded.function(call, **given)
        except TimeoutError as error:
            raise DeadlineExceeded(f"{tool.name} took longer than {tool.catalog.timeout} s.") from error
        warnings = call.told()
        return {**result, "warnings": warnings} if warnings else result

    async def _below_ceiling(
        self,
        tool: RegisteredTool,
        loaded: _Loaded,
        given: Mapping[str, Any],
        result: JsonObject,
        progress: Progress,
    ) -> JsonObject:
        """Return `result` with what fits: where it is a page, a smaller one, so that its cursor loses nothing."""
        size = size_parameter(tool.parameters)
        found = surplus(result, tool.ceiling) if size else None
        if size and found and tool.catalog.effect == "read" and not tool.catalog.billable:
            result = await self._answer(tool, loaded, {**given, size: found.fitting}, progress)
            result = told(result, f"{found.fitting} {found.name} a page are as many as fit into {tool.ceiling} bytes.")
        return result if len(to_json(result)) <= tool.ceiling else cut(result, tool.ceiling)

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

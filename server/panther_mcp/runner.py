"""Run one call of a tool: arguments in, JSON out, every failure one of our errors."""

import asyncio
import importlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from panther_mcp.untrusted.protection import Cleaned, Outgoing, Protection

_log = logging.getLogger(__name__)
_WORKFLOWS = "panther_overrides.workflows"


@dataclass(frozen=True)
class _Loaded:
    function: ToolFunction
    validate: ArgumentValidator


class ToolRunner:
    """Runs the tools over one HTTP client; a tool's code is imported when it is first called."""

    def __init__(self, http: PantherHttp, protection: Protection) -> None:
        self._http = http
        self._protection = protection
        self._loaded: dict[str, _Loaded] = {}

    async def run(self, tool: RegisteredTool, arguments: Mapping[str, Any], *, progress: Progress) -> Outgoing:
        """Return the result of `tool` for `arguments`, with `warnings` where something is to be told.

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

    async def _run(self, tool: RegisteredTool, arguments: Mapping[str, Any], progress: Progress) -> Outgoing:
        loaded = self._load(tool)
        named = normalise(arguments, tool.parameters)
        given = loaded.validate(named)
        for rule in tool.rules:
            given = rule.apply(given)
        found = self._safe(tool, await self._answer(tool, loaded, given, progress))
        if len(to_json(found.data)) > tool.ceiling:
            found = await self._below_ceiling(tool, loaded, given, found, progress)
        elif note := emptiness(found.data, tool, named, given):
            found = replace(found, data={**found.data, "note": note})
        return self._protection.dressed(found)

    def _safe(self, tool: RegisteredTool, result: JsonObject) -> Cleaned:
        return self._protection.cleaned(result, tool.catalog.untrusted)

    async def _answer(
        self, tool: RegisteredTool, loaded: _Loaded, given: Mapping[str, Any], progress: Progress
    ) -> JsonObject:
        call = Call(self._http, workflows=_workflow, progress=progress)
        try:
            async with asyncio.timeout(tool.catalog.timeout):
                result = await loaded.function(call, **given)
        except TimeoutError as error:
            raise DeadlineExceeded(f"{tool.name} took longer than {tool.catalog.timeout} s.") from error
        except PantherMcpError as error:
            error.quotes_panther = True
            raise
        warnings = call.told()
        return {**result, "warnings": warnings} if warnings else result

    async def _below_ceiling(
        self,
        tool: RegisteredTool,
        loaded: _Loaded,
        given: Mapping[str, Any],
        found: Cleaned,
        progress: Progress,
    ) -> Cleaned:
        """Return of `found` what fits: where it is a page, a smaller one, so that its cursor loses nothing.

        It is safe before it is cut, so that no half of a secret is left over, and again after, so that its findings
        are those of what is left.
        """
        size = size_parameter(tool.parameters)
        more = surplus(found.data, tool.ceiling) if size else None
        if size and more and tool.catalog.effect == "read" and not tool.catalog.billable:
            result = await self._answer(tool, loaded, {**given, size: more.fitting}, progress)
            result = told(result, f"{more.fitting} {more.name} a page are as many as fit into {tool.ceiling} bytes.")
            found = self._safe(tool, result)
        if len(to_json(found.data)) <= tool.ceiling:
            return found
        return self._safe(tool, cut(found.data, tool.ceiling))

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
    named = PermissionDenied(
        f"{error.message.rstrip('.')}. {tool.name} needs {word.join(needed)}.",
        hint=error.hint,
        details={**error.details, "missing_permissions": needed},
    )
    named.quotes_panther = error.quotes_panther
    return named

"""Run one call of a tool: arguments in, JSON out, every failure one of our errors."""

import asyncio
import importlib
import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_core import to_json

from panther_mcp.arguments import ArgumentValidator, normalise
from panther_mcp.audit.recording import recorded
from panther_mcp.ceiling import cut, size_parameter, surplus, told
from panther_mcp.changes import Confirmations, Gate, InputNeeded, PreviewOnly, call_digest
from panther_mcp.drift.memory import DriftMemory
from panther_mcp.emptiness import emptiness
from panther_mcp.errors import (
    InternalError,
    InvalidInput,
    PantherMcpError,
    PermissionDenied,
)
from panther_mcp.http import PantherHttp
from panther_mcp.redaction import Redactor
from panther_mcp.registry import CONFIRMATION, DRY_RUN, RegisteredTool
from panther_mcp.resilience.call_scope import call_scope
from panther_mcp.runtime import Call, JsonObject, Requester, ToolFunction
from panther_mcp.secret_files import SecretFiles
from panther_mcp.sql_guard.guard import SqlGuard
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.tool_failures import failed, misfit, with_permissions
from panther_mcp.untrusted.protection import Cleaned, Outgoing, Protection
from panther_mcp.untrusted.returning import check_returned

if TYPE_CHECKING:
    from panther_mcp.audit.auditor import AuditEntry, Auditor

_log = logging.getLogger(__name__)
_WORKFLOWS = "panther_overrides.workflows"
_EVERY_CALL = (
    "panther_mcp.packing.table",
    "panther_client.graphql.client",
    "panther_client.graphql.fragments",
    "panther_client.graphql.input_types",
)


@dataclass(frozen=True)
class _Loaded:
    function: ToolFunction
    validate: ArgumentValidator


@dataclass(frozen=True)
class _ToolCall:
    """A call that is ready to be made: `named` are the arguments as the caller gave them, `given` those to use."""

    tool: RegisteredTool
    function: ToolFunction
    named: Mapping[str, Any]
    given: Mapping[str, Any]
    gate: Gate | None
    requester: Requester
    redactor: Redactor
    entry: "AuditEntry | None"


class ToolRunner:
    """Runs the tools over one HTTP client; a tool's code is imported when it is first called.

    What `auditor` watches is written into the audit log.
    """

    def __init__(
        self,
        http: PantherHttp,
        protection: Protection,
        secret_files: SecretFiles | None = None,
        auditor: "Auditor | None" = None,
        sql_guard: SqlGuard | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._http = http
        self._protection = protection
        self._secret_files = secret_files or SecretFiles(None)
        self._auditor = auditor
        self._sql_guard = sql_guard or SqlGuard()
        self._recorder = recorder or Recorder()
        self.confirmations = Confirmations()
        self.drift = DriftMemory()
        self._loaded: dict[str, _Loaded] = {}

    async def run(self, tool: RegisteredTool, arguments: Mapping[str, Any], requester: Requester) -> Outgoing:
        """Return what is sent of the result of `tool` for `arguments`, with `warnings` where something is to be told.

        The call is counted in the requester's session, recorded, and audited. A write that needs a person's agreement
        asks theirs. Raises `PantherMcpError`, or `InputNeeded` where the client has to ask; a failure of our own is
        logged with its traceback and becomes `InternalError`.
        """
        failed = True
        with self._recorder.call(tool.name, requester.session.id) as record:
            try:
                answer = self._protection.dressed(_packed(tool, await self._audited(tool, arguments, requester)))
                record.size = len(answer.text.encode())
                failed = False
            finally:
                requester.session.called(tool.name, failed=failed)
        return answer

    def warm_up(self) -> None:
        """Import and make what nearly every call needs, so that the first one need not; for a thread of its own."""
        for module in _EVERY_CALL:
            importlib.import_module(module)
        self._protection.protected({"warm": "up"}, ("warm",))

    def call(self, tool: str, requester: Requester, redactor: Redactor | None = None, gate: Gate | None = None) -> Call:
        """Return a new call of `tool` over the runner's HTTP client; without a `gate` it may change what it likes."""
        return Call(
            self._http,
            tool=tool,
            workflows=_workflow,
            requester=requester,
            gate=gate,
            secret_files=self._secret_files,
            redactor=redactor,
            sql_guard=self._sql_guard,
            pending=lambda: self.confirmations.pending(requester.session),
            recorder=self._recorder,
            drift=self.drift,
        )

    async def _audited(self, tool: RegisteredTool, arguments: Mapping[str, Any], requester: Requester) -> Cleaned:
        if self._auditor is None or not self._auditor.watches(tool.catalog):
            return await self._translated(tool, arguments, requester, None)
        caller = requester.caller() if requester.caller else None
        entry = self._auditor.begin(tool.catalog, arguments, caller, undoes=requester.undoes)
        async with entry.recorded():
            found = await self._translated(tool, arguments, requester, entry)
        warning = await entry.end("ok", found.data)
        return self._safe(tool, told(found.data, warning)) if warning else found

    async def _translated(
        self,
        tool: RegisteredTool,
        arguments: Mapping[str, Any],
        requester: Requester,
        entry: "AuditEntry | None",
    ) -> Cleaned:
        """Run the tool; whatever goes wrong becomes one of our errors."""
        redactor = Redactor()
        try:
            return await self._run(self._prepared(tool, arguments, requester, redactor, entry))
        except PreviewOnly as preview:
            return self._protection.cleaned(_preview(preview, redactor), ())
        except PermissionDenied as error:
            redactor.clean(error)
            raise with_permissions(error, tool.catalog) from error
        except InputNeeded:
            raise
        except PantherMcpError as error:
            redactor.clean(error)
            raise
        except ValidationError as error:
            raise misfit(tool.name, error) from error
        except Exception as error:
            _log.error("%s failed\n%s", tool.name, redactor.text(traceback.format_exc()))
            raise InternalError(f"{tool.name} failed for a reason of its own ({type(error).__name__}).") from error

    async def _run(self, call: _ToolCall) -> Cleaned:
        tool = call.tool
        found = self._safe(tool, await self._answer(call, call.given))
        if _size(tool, found) > tool.ceiling:
            return await self._below_ceiling(call, found)
        if note := emptiness(found.data, tool, call.named, call.given):
            return replace(found, data={**found.data, "note": note})
        return found

    def _safe(self, tool: RegisteredTool, result: JsonObject) -> Cleaned:
        return self._protection.cleaned(result, tool.catalog.untrusted)

    def _prepared(
        self,
        tool: RegisteredTool,
        arguments: Mapping[str, Any],
        requester: Requester,
        redactor: Redactor,
        entry: "AuditEntry | None",
    ) -> _ToolCall:
        """Return the call with its arguments validated and the rules applied to them."""
        loaded = self._load(tool)
        named = normalise(arguments, tool.parameters)
        dry_run, confirmation = _steering(tool, named)
        given = loaded.validate(named)
        for rule in tool.rules:
            given = rule.apply(given)
        if tool.catalog.effect == "read":
            return _ToolCall(tool, loaded.function, named, given, None, requester, redactor, entry)
        check_returned(given)
        gate = Gate(
            self.confirmations,
            call_digest(tool.name, given),
            needed=tool.confirmed,
            dry_run=dry_run,
            confirmation=confirmation,
            person=requester.person,
            owner=requester.session,
        )
        return _ToolCall(tool, loaded.function, named, given, gate, requester, redactor, entry)

    async def _answer(self, made: _ToolCall, given: Mapping[str, Any]) -> JsonObject:
        tool = made.tool
        call = self.call(tool.name, made.requester, made.redactor, made.gate)
        if made.gate is not None and made.entry is not None:
            made.gate.record = partial(recorded, call, made.entry, given)
        try:
            with call_scope(made.requester.session, tool.catalog.timeout):
                async with asyncio.timeout(tool.catalog.timeout):
                    result = await made.function(call, **given)
        except (TimeoutError, ValidationError, PantherMcpError) as error:
            failure = failed(error, tool.catalog, changed=made.gate is not None and made.gate.sent > 0)
            raise failure from (None if failure is error else error)
        warnings = call.told()
        return made.redactor.json({**result, "warnings": warnings} if warnings else result)

    async def _below_ceiling(self, call: _ToolCall, found: Cleaned) -> Cleaned:
        """Return of `found` what fits: where it is a page, a smaller one, so that its cursor loses nothing.

        It is safe before it is cut, so that no half of a secret is left over, and again after, so that its findings
        are those of what is left.
        """
        tool = call.tool
        size = size_parameter(tool.parameters)
        more = surplus(_packed(tool, found).data, tool.ceiling) if size else None
        if size and more and tool.catalog.effect == "read" and not tool.catalog.billable:
            result = await self._answer(call, {**call.given, size: more.fitting})
            said = f"{more.fitting} {more.name} a page are as many as fit into {tool.ceiling} bytes."
            found = self._safe(tool, told(result, said))
        if _size(tool, found) <= tool.ceiling:
            return found
        return self._safe(tool, cut(found.data, tool.ceiling))

    def _load(self, tool: RegisteredTool) -> _Loaded:
        loaded = self._loaded.get(tool.name)
        if loaded is None:
            function = _import(tool.catalog.target)
            loaded = self._loaded[tool.name] = _Loaded(function, ArgumentValidator(function))
        return loaded


def _packed(tool: RegisteredTool, found: Cleaned) -> Cleaned:
    """Return `found` in the form in which it is told. It is cleaned, cut and recorded before, with names at values."""
    if tool.table is None:
        return found
    from panther_mcp.packing.table import labels, packed

    data = packed(found.data, tool.table)
    return replace(found, data=data, untrusted=labels(found.untrusted, data, tool.table))


def _size(tool: RegisteredTool, found: Cleaned) -> int:
    """Return how many bytes of JSON are told of `found`, or of more where it is below the ceiling anyway."""
    size = len(to_json(found.data))
    return size if size <= tool.ceiling else len(to_json(_packed(tool, found).data))


def _steering(tool: RegisteredTool, named: dict[str, Any]) -> tuple[bool, str | None]:
    """Take the arguments that are for the gate, not for the tool's function, out of `named`."""
    offered = tool.parameters["properties"]
    dry_run = named.pop(DRY_RUN, False) if DRY_RUN in offered else False
    confirmation = named.pop(CONFIRMATION, None) if CONFIRMATION in offered else None
    if not isinstance(dry_run, bool):
        raise InvalidInput(f"These arguments do not fit: {DRY_RUN}: it is true or false.")
    if not isinstance(confirmation, str | None):
        raise InvalidInput(f"These arguments do not fit: {CONFIRMATION}: it is the text of the preview.")
    return dry_run, confirmation


def _preview(preview: PreviewOnly, redactor: Redactor) -> JsonObject:
    """Return the result of a dry run."""
    result: JsonObject = {"dry_run": True, "change": redactor.json(preview.change.preview())}
    if preview.confirmation:
        result[CONFIRMATION] = preview.confirmation
    return result


def _workflow(name: str) -> ToolFunction:
    return _import(f"{_WORKFLOWS}.{name}:{name}")


def _import(target: str) -> ToolFunction:
    module, _, function = target.partition(":")
    found: ToolFunction = getattr(importlib.import_module(module), function)
    return found

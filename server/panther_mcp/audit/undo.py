"""Revert what an audited call did: through the same tools, audited like any call, and only if nothing came between."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from panther_mcp.audit.auditor import Auditor, Caller
from panther_mcp.audit.reading import RecordedCall, recorded_calls
from panther_mcp.audit.reversal import NoWayBack, Reversal, States, Step, of_fields, still
from panther_mcp.audit.setup import audit_path, auditor_for, instance_name
from panther_mcp.audit.verify import BrokenLog, verify
from panther_mcp.catalog import read_catalog
from panther_mcp.errors import BlockedByPolicy, NotFound
from panther_mcp.http import PantherHttp
from panther_mcp.registry import RegisteredTool, load_overrides, register
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Requester
from panther_mcp.sessions import Session
from panther_mcp.settings import Settings
from panther_mcp.untrusted.protection import Protection
from panther_overrides.reversals import IRREVERSIBLE, REVERSALS

_State = Mapping[str, Any] | None
CALLER = Caller(client="panther-mcp audit undo")


@dataclass(frozen=True)
class Undone:
    """What was done, or would be: the calls, and what of the reverted call stays."""

    steps: tuple[Step, ...]
    keeps: str = ""


async def undo(
    settings: Settings, call_id: str, *, force: bool = False, deletes: bool = False, dry_run: bool = False
) -> Undone:
    """Revert the call `call_id` of the audit log that `settings` lead to; with `dry_run`, only say how.

    `force` reverts also where the present state is not the one that the call left, or where the log names another
    Panther; `deletes` also where that takes deleting what the call created. Raises `BlockedByPolicy` with the reason
    where it cannot be reverted, `NotFound` where there is no such call, and what the tools raise.
    """
    protection = Protection(redact=settings.redact_content)
    path = audit_path(settings, os.environ)
    auditor = auditor_for(settings, os.environ, protection.without_credentials)
    if path is None or auditor is None:
        raise _refused("The audit log is turned off, so nothing is known that could be reverted.")
    recorded = _find(path, call_id)
    reversal = _reversal(recorded, settings, force=force)
    http = PantherHttp(settings)
    try:
        runner = ToolRunner(http, protection, auditor=auditor)
        undoing = _Undoing(runner, auditor, recorded, reversal)
        return await undoing.run(force=force, deletes=deletes, dry_run=dry_run)
    finally:
        await http.aclose()


def _find(path: Path, call_id: str) -> RecordedCall:
    bodies: list[dict[str, Any]] = []
    try:
        verify(path, visit=bodies.append)
    except BrokenLog as broken:
        raise _refused(f"The audit log cannot be trusted: {broken}") from broken
    for recorded in recorded_calls(bodies):
        if recorded.id == call_id:
            return recorded
    raise NotFound(
        f"The audit log has no call {call_id[:100]!r}.", hint="`panther-mcp audit show` lists the last ones."
    )


def _reversal(recorded: RecordedCall, settings: Settings, *, force: bool) -> Reversal:
    """Return the way back of a call, if what is recorded of it allows one."""
    facts = recorded.facts
    if facts.get("effect") == "read":
        raise _refused(f"{recorded.tool} reads; there is nothing to revert.")
    if facts.get("event") == "call":
        raise _refused(f"This call of {recorded.tool} changed nothing: it ended with {recorded.outcome}.")
    if reason := IRREVERSIBLE.get(recorded.tool):
        raise _refused(f"{recorded.tool} cannot be reverted: {reason}")
    reversal = REVERSALS.get(recorded.tool)
    if reversal is None:
        raise _refused(f"{recorded.tool} cannot be reverted: no way back is known for it.")
    if facts.get("states_incomplete"):
        raise _refused("The state before was not recorded whole: it held secrets, or was too large.")
    if facts.get("after") == {}:
        raise _refused(f"This call changed nothing that can be reverted. {reversal.keeps}".strip())
    told_otherwise = reversal.told and not all("/" in name for name in facts.get("after") or ())
    if not facts.get("before") or not facts.get("after") or told_otherwise:
        raise _refused("The state before this call was not recorded.")
    here = instance_name(settings)
    if facts.get("instance") != here and not force:
        raise _refused(f"That call went to {facts.get('instance')}, and PANTHER_INSTANCE_URL leads to {here}.")
    return reversal


class _Undoing:
    def __init__(self, runner: ToolRunner, auditor: Auditor, recorded: RecordedCall, reversal: Reversal) -> None:
        self._runner, self._auditor, self._recorded, self._reversal = runner, auditor, recorded, reversal
        self._requester = Requester(_no_progress, Session(), caller=lambda: CALLER, undoes=recorded.id)
        self._tools = _tools()

    async def run(self, *, force: bool, deletes: bool, dry_run: bool) -> Undone:
        before, after = self._recorded.facts["before"], self._recorded.facts["after"]
        present = await self._reversal.read(self._runner.call(self._recorded.tool, self._requester), list(after))
        wanted = _to_revert(before, after, present, force=force)
        if not wanted:
            raise _refused("There is nothing to revert: everything is as it was before that call.")
        try:
            steps = self._reversal.steps(present, wanted)
        except NoWayBack as reason:
            raise _refused(f"{self._recorded.tool} cannot be reverted: {reason}.") from reason
        doomed = [step for step in steps if self._tools[step.tool].catalog.effect == "destructive"]
        if doomed and not (deletes or dry_run):
            raise _refused(
                f"To revert {self._recorded.tool} means to delete what it created ({doomed[0].tool}).",
                hint="--dry-run tells what would be called; with --delete it is done.",
            )
        if not dry_run:
            for step in steps:
                await self._do(step, present)
        return Undone(tuple(steps), self._reversal.keeps)

    async def _do(self, step: Step, present: States) -> None:
        tool = self._tools[step.tool]
        if step.send is None:
            await self._runner.run(tool, step.arguments, self._requester)
            return
        entry = self._auditor.begin(tool.catalog, step.arguments, CALLER, undoes=self._recorded.id)
        left = {name: of_fields(present.get(name), fields) for name, fields in step.leads_to.items()}
        entry.planned(before=left, after=step.leads_to)
        async with entry.recorded():
            await entry.intend()
            await step.send(self._runner.call(step.tool, self._requester))
        await entry.end("ok")


def _to_revert(before: States, after: States, present: States, *, force: bool) -> States:
    """Return the states before of the objects that still are as the call left them (or, with `force`, as they may be).

    What is already as it was before needs nothing. Raises `BlockedByPolicy` for what has changed since.
    """
    wanted: dict[str, Mapping[str, Any] | None] = {}
    changed: list[str] = []
    for name, left in after.items():
        there, found = present.get(name), before.get(name)
        now = of_fields(there, left)
        if (now is None) == (found is None) and still(now, found):
            continue
        if not _between(now, before.get(name), left):
            changed.append(name)
        wanted[name] = before.get(name)
    if changed and not force:
        raise _refused(
            f"Something has changed since that call: {', '.join(changed[:10])}"
            f"{' and more' if len(changed) > 10 else ''} {'is' if len(changed) == 1 else 'are'} no longer as it left "
            f"{'it' if len(changed) == 1 else 'them'}.",
            hint="With --force it is reverted all the same.",
        )
    return wanted


def _between(now: _State, before: _State, left: _State) -> bool:
    """Say whether each field is as the call found it or as it left it: a call may have done its work in part."""
    if now is None or before is None or left is None:
        return (now is None) == (left is None) and still(now, left)
    return all(still(now[field], left[field]) or still(now[field], before.get(field)) for field in left)


def _tools() -> Mapping[str, RegisteredTool]:
    catalog = read_catalog()
    return {tool.name: tool for tool in register(catalog, load_overrides(catalog), "never")}


async def _no_progress(_done: float, _total: float | None, _message: str) -> None:
    """Tell nobody: nobody waits for the progress of a command."""


def _refused(why: str, hint: str | None = None) -> BlockedByPolicy:
    return BlockedByPolicy(why, hint=hint, details={"rule": "undo"})

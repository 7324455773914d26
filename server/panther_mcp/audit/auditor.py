"""What a call of a tool leaves in the audit log: its intent before anything is sent, its outcome after.

The runner begins an `AuditEntry` for each call that is audited. Whoever computes a change (a plan) gives the entry
the state before and after, then calls `intend`, then applies the change:

    entry.planned(before={"<id>": {"status": "OPEN"}}, after={"<id>": {"status": "TRIAGED"}})
    await entry.intend()

A state names the objects that a change touches by their ids, each with the fields that it touches, in whatever form
the tool's `Reversal` understands; None stands for an object that does not exist. `intend` does nothing the second
time; a call that never intends (its arguments are wrong, it was only a preview) leaves one line instead of two.
"""

import asyncio
import atexit
import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Protocol, cast

from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.privacy import Cleaner
from panther_mcp.errors import BlockedByPolicy, Cancelled, PantherMcpError, bounded
from panther_mcp.telemetry.present import request_id

_log = logging.getLogger(__name__)
_LONGEST_NAME: Final = 200
_MOST_QUERY_IDS: Final = 20
UNRECORDED: Final = "This was done, but its outcome could not be written into the audit log."


class AuditedTool(Protocol):
    """What the audit log has to know of a tool."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def effect(self) -> str: ...  # noqa: D102
    @property
    def operations(self) -> Any: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the MCP client as it names itself, its session, and over HTTP who has authenticated, from where."""

    client: str | None = None
    client_version: str | None = None
    session: str | None = None
    user: str | None = None
    address: str | None = None


class Auditor:
    """Writes what calls do into a log: every write, or with `everything` reads too.

    `token_name` is the name of the API token in Panther, once somebody has learned it.
    """

    def __init__(
        self, log: AuditLog, *, everything: bool = False, cleaner: Cleaner, facts: Mapping[str, str | None]
    ) -> None:
        self.log = log
        self._everything = everything
        self._cleaner = cleaner
        self._facts = {name: value for name, value in facts.items() if value}
        self.token_name: str | None = None
        self._open: set[AuditEntry] = set()

    def watches(self, tool: AuditedTool) -> bool:
        """Say whether calls of `tool` are audited."""
        return self._everything or tool.effect != "read"

    def begin(
        self, tool: AuditedTool, arguments: Mapping[str, Any], caller: Caller | None, *, undoes: str | None = None
    ) -> "AuditEntry":
        """Return the entry for a call of `tool` with `arguments`, as the client gave them; nothing is written yet.

        `undoes` is the id of the call that this one reverts.
        """
        if not self._open:
            atexit.unregister(self.close)
            atexit.register(self.close)
        entry = AuditEntry(self.log, self._cleaner, self._opening(tool, arguments, caller or Caller(), undoes))
        self._open.add(entry)
        entry.closed = self._open.discard
        return entry

    def close(self) -> None:
        """Write that the calls which still run were cut off: the process ends."""
        for entry in tuple(self._open):
            entry.end_at_once(Cancelled.code)

    def _opening(
        self, tool: AuditedTool, arguments: Mapping[str, Any], caller: Caller, undoes: str | None
    ) -> dict[str, Any]:
        shown, whole = self._cleaner.arguments(arguments)
        told = {
            **asdict(caller),
            **self._facts,
            "token_name": self.token_name,
            "undoes": undoes,
            "request_id": request_id(),
        }
        return {
            "tool": tool.name,
            "effect": tool.effect,
            "operations": list(tool.operations),
            "arguments": shown,
            "arguments_sha256": whole,
            "pid": os.getpid(),
            **{name: self._cleaner.text(bounded(value, _LONGEST_NAME)) for name, value in told.items() if value},
        }


class AuditEntry:
    """One call that is audited. `id` names it; `before` and `after` are the states that its change leads from and to.

    `query_ids` are the runs in Panther that belong to it.
    """

    def __init__(self, log: AuditLog, cleaner: Cleaner, opening: dict[str, Any]) -> None:
        self.id = secrets.token_hex(6)
        self.before: Any = None
        self.after: Any = None
        self.query_ids: list[str] = []
        self._log, self._cleaner, self._opening = log, cleaner, opening
        self._changes = opening["effect"] != "read"
        self._intended = False
        self._told = False
        self._begun = time.monotonic()
        self._ended = False
        # A thread may write the intent while the end of the process writes the outcome.
        self._writing = threading.Lock()
        self.closed: Callable[[AuditEntry], None] | None = None

    def planned(self, *, before: Any, after: Any) -> None:
        """Note the states that the change leads from and to; what is noted after `intend` comes with the outcome."""
        self.before, self.after, self._told = before, after, False

    def unread(self, code: str) -> None:
        """Note that the state before could not be read, and the error's code."""
        self._opening["before_unread"] = code

    async def intend(self) -> None:
        """Write that the change is about to be sent, onto the disk. Nothing happens the second time, or for a read.

        Raises `BlockedByPolicy` where it cannot be written: then nothing may be sent.
        """
        if self._intended or not self._changes:
            return
        try:
            await _in_thread(self._write_intent)
        except OSError as error:
            raise self._refusal(error) from error

    @contextlib.asynccontextmanager
    async def recorded(self) -> AsyncGenerator[None]:
        """Write how the call ended where it ends with an error; after a success, `end` has to be called."""
        try:
            yield
        except PantherMcpError as error:
            await self.end(error.code)
            raise
        except BaseException:
            # The call was cancelled, or the process ends.
            self.end_at_once(Cancelled.code)
            raise

    async def end(self, outcome: str, result: Mapping[str, Any] | None = None) -> str | None:
        """Write how the call ended: `ok`, or an error's code. Return a warning where that could not be written."""
        try:
            await _in_thread(lambda: self._close(outcome, result))
        except OSError as error:
            return self._unrecorded(error)
        return None

    def end_at_once(self, outcome: str) -> None:
        """Write how the call ended, where nothing can be awaited any more."""
        try:
            self._close(outcome, None)
        except OSError as error:
            self._unrecorded(error)

    def _write_intent(self) -> None:
        with self._writing:
            if not self._ended:
                self._write("intent", {**self._opening, **self._states()})
                self._intended = True

    def _close(self, outcome: str, result: Mapping[str, Any] | None) -> None:
        with self._writing:
            if not self._ended:
                self._ended = True
                self._write_end(outcome, result)
        if self.closed is not None:
            self.closed(self)

    def _write_end(self, outcome: str, result: Mapping[str, Any] | None) -> None:
        ending: dict[str, Any] = {
            "outcome": "partial" if outcome == "ok" and result and result.get("failed") else outcome,
            "duration_ms": round((time.monotonic() - self._begun) * 1000),
        }
        if runs := [*self.query_ids, *_runs(result or {})][:_MOST_QUERY_IDS]:
            ending["query_ids"] = [self._cleaner.text(bounded(run, _LONGEST_NAME)) for run in runs]
        if self._intended:
            self._write("outcome", {**ending, "tool": self._opening["tool"], **self._states()})
        else:
            self._write("call", {**self._opening, **ending})

    def _states(self) -> dict[str, Any]:
        """Return the states that are to be written now; each is written once."""
        if self._told or (self.before is None and self.after is None):
            return {}
        self._told = True
        (before, all_before), (after, all_after) = self._cleaner.state(self.before), self._cleaner.state(self.after)
        whole = {} if all_before and all_after else {"states_incomplete": True}
        return {"before": before, "after": after, **whole}

    def _write(self, event: Literal["intent", "outcome", "call"], body: Mapping[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._log.append({**body, "event": event, "id": self.id, "time": now}, durable=self._changes)

    def _refusal(self, error: OSError) -> BlockedByPolicy:
        why = error.strerror or str(error)
        return BlockedByPolicy(
            f"Nothing was changed: the audit log {self._log.path.first} cannot be written ({why}).",
            hint=(
                "Changes are made only if they can be recorded. Whoever runs this server has to make the file "
                "writable, or set PANTHER_MCP_AUDIT_LOG to another one."
            ),
            details={"rule": "audit_log"},
        )

    def _unrecorded(self, error: OSError) -> str | None:
        _log.error("The outcome of call %s of %s is not in the audit log: %s", self.id, self._opening["tool"], error)
        return UNRECORDED if self._intended else None


async def _in_thread(write: Callable[[], None]) -> None:
    """Write without holding up other calls; a line that is begun is finished even if the call is cancelled."""
    await asyncio.shield(asyncio.to_thread(write))


def _runs(result: Mapping[str, Any]) -> Iterable[str]:
    for name in ("query_id", "query_ids"):
        value: object = result.get(name)
        for item in cast("list[object]", value) if isinstance(value, list) else (value,):
            if isinstance(item, str) and item:
                yield item

"""What a generated tool calls: the typed clients, the shapers of results, and the types of arguments.

A `Call` is made for each call of a tool. It holds the clients over the server's one HTTP connection pool,
and what is to be told beside the result.
"""

from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from panther_mcp.arguments import Detail as Detail
from panther_mcp.arguments import Id as Id
from panther_mcp.arguments import Timestamp as Timestamp
from panther_mcp.backoff import backoff as backoff
from panther_mcp.changes import Change
from panther_mcp.drift.adapting import AdaptingHttp
from panther_mcp.drift.memory import DriftMemory
from panther_mcp.drift.telling import failures, left_out, misfits
from panther_mcp.errors import InternalError, PermissionDenied
from panther_mcp.patterns import collect as collect
from panther_mcp.patterns import poll as poll
from panther_mcp.progress import Progress as Progress
from panther_mcp.progress import forward
from panther_mcp.redaction import Redactor
from panther_mcp.results import JsonObject as JsonObject
from panther_mcp.results import listing as listing
from panther_mcp.results import page as page
from panther_mcp.results import plain as plain
from panther_mcp.results import plain_value as plain_value
from panther_mcp.results import record as record
from panther_mcp.secret_files import SecretFiles
from panther_mcp.write_guard import WriteGuard

if TYPE_CHECKING:
    from panther_client.graphql.client import PantherGraphQL
    from panther_client.rest import PantherREST
    from panther_mcp.audit.auditor import Caller
    from panther_mcp.changes import Gate, Person
    from panther_mcp.documents import Documents
    from panther_mcp.http import PantherHttp
    from panther_mcp.sessions import Session
    from panther_mcp.sql_guard import Checked
    from panther_mcp.sql_guard.guard import SqlGuard
    from panther_mcp.telemetry.recorder import Recorder


ToolFunction = Callable[..., Awaitable[JsonObject]]
Workflows = Callable[[str], ToolFunction]


@dataclass(frozen=True)
class Requester:
    """Who makes a call: how they hear of its progress, their session, and the person behind the client, if any.

    `caller` says who they are, and is asked only for the audit log; `undoes` is the id of an audited call that this one
    reverts.
    """

    progress: Progress
    session: "Session"
    person: "Person | None" = None
    caller: "Callable[[], Caller] | None" = None
    undoes: str | None = None


class Call:
    """One call of a tool: `graphql` and `rest` are the typed clients, `warnings` is told beside the result.

    `gate` decides on the change of a tool that writes; a tool that reads has none. `session` is what is remembered of
    the session that the call belongs to, `pending` how many of its confirmations wait for an answer. `secret_files`
    keeps what must not be told; what `hide` was told of is taken out of all that the call says.
    """

    def __init__(
        self,
        http: "PantherHttp",
        *,
        tool: str,
        workflows: Workflows,
        requester: Requester,
        gate: "Gate | None",
        secret_files: SecretFiles | None = None,
        redactor: Redactor | None = None,
        sql_guard: "SqlGuard | None" = None,
        pending: Callable[[], int] = lambda: 0,
        recorder: "Recorder | None" = None,
        drift: DriftMemory | None = None,
    ) -> None:
        self._recorder = recorder
        self._adapting = AdaptingHttp(http, drift or DriftMemory(), reads=gate is None)
        self._http = WriteGuard(self._adapting, gate)
        self._sql_guard = sql_guard
        self._tool = tool
        self.pending = pending
        self._workflows = workflows
        self._gate = gate
        self.progress = forward(requester.progress)
        self.session = requester.session
        self.secret_files = secret_files or SecretFiles(None)
        self.hide = (redactor or Redactor()).hide
        self.warnings: list[str] = []

    @cached_property
    def graphql(self) -> "PantherGraphQL":
        """The typed GraphQL client."""
        from panther_client.graphql.client import PantherGraphQL

        return PantherGraphQL(self._http)

    @cached_property
    def rest(self) -> "PantherREST":
        """The typed REST client."""
        from panther_client.rest import PantherREST

        return PantherREST(self._http)

    @cached_property
    def documents(self) -> "Documents":
        """Whole objects of the REST API, with every field that they have."""
        from panther_mcp.documents import Documents

        return Documents(self._http)

    @cached_property
    def sql_guard(self) -> "SqlGuard":
        """What checks SQL: the server's, or a strict one of this call."""
        from panther_mcp.sql_guard.guard import SqlGuard

        return self._sql_guard or SqlGuard()

    def workflow(self, name: str) -> ToolFunction:
        """Return the hand-written workflow of the tool `name`."""
        return self._workflows(name)

    async def approve(
        self,
        *,
        before: JsonObject | None = None,
        after: JsonObject | None = None,
        state: object = None,
        documents: Mapping[str, tuple[JsonObject | None, JsonObject | None]] | None = None,
        **facts: Any,
    ) -> None:
        """Return when this change may be made; every write calls it once, with the present state, before it sends.

        `before` and `after` hold what changes, `facts` what else a person should know before they agree; `state` is
        not shown, but if it has moved when they agree, nothing is changed. `documents` are the whole objects of the
        REST API that it touches, `collection/id` to before and after, for the audit log. Raises what
        `Gate.approve` raises; nothing has been sent then.
        """
        if self._gate is None:
            raise InternalError(f"{self._tool} reads only, and has nothing to approve.")
        await self._gate.approve(Change(self._tool, before, after, facts, state, tuple(self.warnings), documents or {}))

    def trial(self) -> AbstractContextManager[None]:
        """Return what lets dry runs of Panther's own through before the change is approved."""
        return self._http.trial()

    async def before(
        self, answer: Awaitable[object], *, path: str = "", fields: tuple[str, ...] = ()
    ) -> JsonObject | None:
        """Return the present state of what a write is about to change, or None when the token may not read it."""
        try:
            return record(await answer, path=path, fields=fields)
        except PermissionDenied:
            self.warnings.append("The state before the change could not be read: the token may not.")
            return None

    @property
    def partial(self) -> list[str]:
        """Why the answers so far lack parts: Panther's errors, and what it does not know; empty where all is there."""
        return self._errors + self._left_out

    async def checked_sql(self, sql: str, database_name: str, *, runs: bool = True) -> "Checked":
        """Return `sql` as one that may be sent to the data lake; what is doubtful becomes a warning.

        `runs` is false for SQL that is kept and not run by itself: then a missing time bound is only doubtful.
        Raises `BlockedByPolicy` where a rule refuses it, and `InvalidInput` where it cannot run.
        """
        from panther_client.graphql.client import PantherGraphQL

        # A client of its own: errors beside the lake's schema are not errors of the query.
        checked = await self.sql_guard.check(PantherGraphQL(self._http), sql, database_name, runs=runs)
        self.warnings += checked.warnings
        return checked

    @contextmanager
    def scanning(self, tables: Collection[str]) -> Generator[Callable[[int], None]]:
        """Hold the session's budget while a query of `tables` runs; what it gives is told how many bytes that took.

        A budget that is exceeded is a warning, or `BlockedByPolicy` where it is enforced. What reads no table, such as
        `SELECT 1`, costs nothing.
        """
        costs, budget = self.sql_guard.costs, self.session.budget

        def scanned(count: int) -> None:
            budget.scanned += count
            if self._recorder is not None:
                self._recorder.scanned(count)
            costs.record(tables, count)

        with budget.reserved(costs.estimate(tables) or 0) if tables else nullcontext() as warning:
            if warning is not None and warning not in self.warnings:
                self.warnings.append(warning)
            yield scanned

    def told(self) -> list[str]:
        """Return what the result does not say: warnings, errors beside partial data, and what Panther does not know."""
        only_in_part = [f"Panther answered only in part: {message}" for message in self._errors]
        return self.warnings + only_in_part + self._left_out

    @property
    def _errors(self) -> list[str]:
        return failures(self.graphql.partial_errors) if "graphql" in self.__dict__ else []

    @property
    def _left_out(self) -> list[str]:
        clients = [self.__dict__[name] for name in ("graphql", "rest") if name in self.__dict__]
        return misfits([place for client in clients for place in client.odd]) + left_out(self._adapting.left_out)


def given(**arguments: object) -> JsonObject:
    """Return the arguments that were given, without those that were left out."""
    return {name: plain_value(value) for name, value in arguments.items() if value is not None}


__all__ = [
    "Call",
    "Detail",
    "Id",
    "JsonObject",
    "Requester",
    "Timestamp",
    "backoff",
    "collect",
    "given",
    "listing",
    "page",
    "plain",
    "plain_value",
    "poll",
    "record",
]

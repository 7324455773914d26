"""What a generated tool calls: the typed clients, the shapers of results, and the types of arguments.

A `Call` is made for each call of a tool. It holds the clients over the server's one HTTP connection pool,
and what is to be told beside the result.
"""

import asyncio
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
from panther_mcp.errors import DeadlineExceeded, InternalError, PermissionDenied, UpstreamError, bounded
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
    ) -> None:
        self._recorder = recorder
        self._http = WriteGuard(http, gate)
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
        """What Panther said of the parts that its answers so far lack; nothing where they are whole."""
        if "graphql" not in self.__dict__:
            return []
        return [bounded(str(error.get("message", error))) for error in self.graphql.partial_errors]

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
        """Return what the result does not say: warnings, and errors that came beside partial data."""
        return self.warnings + [f"Panther answered only in part: {message}" for message in self.partial]


def given(**arguments: object) -> JsonObject:
    """Return the arguments that were given, without those that were left out."""
    return {name: plain_value(value) for name, value in arguments.items() if value is not None}


async def collect(
    fetch: Callable[[str | None], Awaitable[object]],
    name: str,
    *,
    limit: int,
    path: str = "",
    fields: tuple[str, ...] = (),
) -> JsonObject:
    """Read every page of `fetch(cursor)` and return one list called `name`, of at most `limit` items.

    Where there are more, `truncated` says so.
    """
    items: list[Any] = []
    cursor: str | None = None
    while True:
        found = page(await fetch(cursor), name, path=path, fields=fields)
        items += found[name]
        following = found.get("next_cursor")
        if following is None or following == cursor or len(items) >= limit:
            break
        cursor = following
    result: JsonObject = {name: items[:limit]}
    if len(items) > limit or (following is not None and following != cursor):
        result["truncated"] = True
    return result


async def poll(
    call: Call,
    started: object,
    id_field: str,
    query: Callable[[str], Awaitable[object]],
    *,
    until: str,
    timeout: float,
    error: str | None = None,
) -> JsonObject:
    """Read a run that was started until its field `until` is true, and return it without the steering fields.

    `id_field` of `started` names the run; `error` is the field with the reason of a failed one. `timeout` is
    in seconds. Raises `DeadlineExceeded` when it passes, `UpstreamError` when the run fails.
    """
    run_id = plain(started).get(id_field)
    if not isinstance(run_id, str):
        raise UpstreamError("Panther did not say which run it started.", retryable=True)
    sleep = backoff()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        state = plain(await query(run_id))
        if error and state.get(error):
            raise UpstreamError(f"The run {run_id} failed: {bounded(str(state[error]))}", retryable=True)
        if state.get(until):
            return {name: value for name, value in state.items() if name not in (until, error)}
        elapsed = loop.time() - begun
        if elapsed >= timeout:
            raise DeadlineExceeded(
                f"The run {run_id} did not finish within {timeout:g} s.",
                hint="It goes on in Panther. Call again with a longer timeout.",
            )
        await call.progress(elapsed, timeout, "waiting for Panther")
        await sleep(timeout - elapsed)


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

"""Queries of the data lake: started, awaited, read page by page, and cancelled when nobody waits any more."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from anyio import CancelScope, move_on_after
from pydantic import ValidationError

from panther_mcp.errors import AnswerTooLarge, DeadlineExceeded, InvalidInput, PantherMcpError, UpstreamError, bounded
from panther_mcp.resilience.call_scope import beyond_the_call
from panther_mcp.runtime import Call, JsonObject, backoff
from panther_overrides.workflows.common.unknown_status import UnknownStatus

if TYPE_CHECKING:
    from panther_client.graphql.get_data_lake_query import GetDataLakeQueryDataLakeQuery

MOST_ROWS_A_PAGE = 999
PUBLIC_LOGS = "panther_logs.public"
# Tried in turn where a page is too large to be read at once.
_PAGE_SIZES = (MOST_ROWS_A_PAGE, 100, 10, 1)
# A query that was given up must be cancelled even though the call that started it has ended.
_CANCEL_SECONDS = 5.0
_READ_SECONDS = 30
_STATUSES = ("running", "succeeded", "failed", "cancelled")

_log = logging.getLogger(__name__)


class QueryFailedError(InvalidInput):
    """The query has ended: Snowflake refused it."""


class QueryCancelledError(UpstreamError):
    """The query has ended: somebody cancelled it in Panther."""


@dataclass(frozen=True, slots=True)
class LakePage:
    """A page of a finished query, asked for with `size` from Panther's cursor `at` on; `following` is the next one.

    `row_count` and `bytes_scanned` are those of the whole query; `message` is what Panther says beside it.
    """

    query_id: str
    rows: list[JsonObject]
    columns: dict[str, str]
    row_count: int
    bytes_scanned: int
    size: int
    at: str | None
    following: str | None
    message: str

    @property
    def is_first(self) -> bool:
        """Whether it begins with the query's first row."""
        return self.at is None


class _State(Protocol):
    """What is asked of a query while it is awaited."""

    @property
    def status(self) -> Any: ...
    @property
    def message(self) -> str | None: ...


_Q = TypeVar("_Q", bound=_State)


async def run_query(
    call: Call,
    sql: str,
    tables: Collection[str],
    *,
    timeout: float,
    database_name: str = PUBLIC_LOGS,
    since: float | None = None,
) -> LakePage:
    """Run `sql`, which reads `tables` (by full name), and return its first page, of up to 999 rows.

    It has been checked, or is made of our own words and of values that `quoting` has quoted. `since` is when waiting
    began (the event loop's time), where several queries are awaited together. Raises `BlockedByPolicy` for what would
    exceed the session's budget, `DeadlineExceeded` after `timeout` seconds, and `QueryFailedError` with Snowflake's
    reason; whatever is raised, and when the call is cancelled, no query is left running.
    """
    with call.scanning(tables) as scanned:
        query_id = await _start_sql(call, sql, database_name)
        async with stopped_if_given_up(call, query_id):
            page = await read_page(call, query_id, timeout=timeout, ours=True, since=since)
        scanned(page.bytes_scanned)
    return page


async def read_page(
    call: Call,
    query_id: str,
    *,
    cursor: str | None = None,
    size: int = MOST_ROWS_A_PAGE,
    timeout: float = _READ_SECONDS,
    ours: bool = False,
    since: float | None = None,
) -> LakePage:
    """Return the page of a query at Panther's `cursor`, waiting up to `timeout` seconds for the query to end.

    Fewer rows than `size` come where so many are too large to be read at once. `ours` says that the caller
    cancels the query when this raises `DeadlineExceeded`. Raises `QueryFailedError` or `QueryCancelledError` where the
    query has no rows to give.
    """
    from panther_client.graphql.input_types import DataLakeQueryResultsInput

    for smaller in [size, *(known for known in _PAGE_SIZES if known < size)]:
        asked = DataLakeQueryResultsInput(pageSize=smaller, cursor=cursor)

        async def ask(asked: DataLakeQueryResultsInput = asked) -> "GetDataLakeQueryDataLakeQuery | None":
            known = len(call.graphql.partial_errors)
            query = await call.graphql.get_data_lake_query(id=query_id, results=asked)
            errors = call.graphql.partial_errors[known:]
            if errors and query is not None and query.status == "succeeded" and query.results is None:
                raise _no_rows(str(errors[0].get("message")), query_id, cursor)
            return query

        try:
            query = await ended(call, query_id, ask, _has_rows, timeout=timeout, ours=ours, since=since)
        except AnswerTooLarge:
            if smaller == 1:
                raise
            continue
        return _page(query, query_id, smaller, cursor)
    raise AssertionError("the smallest page is returned or raises")


async def ended(
    call: Call,
    query_id: str,
    ask: Callable[[], Awaitable[_Q | None]],
    has_results: Callable[[_Q], bool],
    *,
    timeout: float,
    ours: bool,
    since: float | None = None,
) -> _Q:
    """Ask for a query until it has its results; raises what `read_page` raises."""
    sleep = backoff()
    loop = asyncio.get_running_loop()
    begun = loop.time() if since is None else since
    unknown = UnknownStatus()
    while True:
        query = await ask()
        if query is None:
            raise UpstreamError(f"Panther does not know the query {query_id}.")
        if has_results(query):
            return query
        if query.status in ("failed", "cancelled"):
            raise failure(query.status, query.message, query_id)
        elapsed = loop.time() - begun
        if unknown.lasts(known=query.status in _STATUSES):
            raise UpstreamError(
                f"Panther gives the query a status that this server does not know: {bounded(str(query.status), 60)}.",
                hint="This server may be older than Panther's API; check for an update.",
                details={"query_id": query_id},
            )
        if elapsed >= timeout:
            raise DeadlineExceeded(
                f"The query did not finish within {timeout:g} s{' and was cancelled' if ours else ''}.",
                hint="Narrow its time range, add a filter or a LIMIT, or raise timeout.",
                details={"query_id": query_id},
            )
        await call.progress(elapsed, timeout, "the query is running")
        await sleep(timeout - elapsed)


def failure(status: str, message: str | None, query_id: str) -> PantherMcpError:
    """Return the error for a query that has ended without results."""
    reason = bounded(message or "no reason given")
    if status == "cancelled":
        return QueryCancelledError(
            f"The query was cancelled in Panther: {reason}",
            hint="Somebody stopped it there. Run it again, or a narrower one.",
            details={"query_id": query_id},
            retryable=True,
        )
    return QueryFailedError(
        f"Snowflake refused the query: {reason}",
        hint="get_table_schema lists a table's columns, list_database_tables a database's tables.",
        details={"query_id": query_id},
    )


@asynccontextmanager
async def stopped_if_given_up(call: Call, query_id: str) -> AsyncGenerator[None]:
    """Cancel the query in Panther when the block is left by an error or a cancellation while it may still run."""
    try:
        yield
    except (QueryFailedError, QueryCancelledError):
        raise
    except BaseException:
        await cancel(call, query_id)
        raise


async def cancel(call: Call, query_id: str) -> None:
    """Cancel the query in Panther. A failure to do so must not hide why it was given up."""
    from panther_client.graphql.input_types import CancelDataLakeQueryInput

    with move_on_after(_CANCEL_SECONDS, shield=True) as scope, beyond_the_call():
        try:
            await call.graphql.cancel_data_lake_query(input=CancelDataLakeQueryInput(id=query_id))
        except PantherMcpError as error:
            _log.warning("query %s could not be cancelled: %s", query_id, error)
        except ValidationError:
            # Panther has answered, whatever it was.
            _log.warning("query %s: what Panther answered to its cancellation does not read", query_id)
    if scope.cancelled_caught:
        _log.warning("query %s could not be cancelled within %g s", query_id, _CANCEL_SECONDS)


async def started(start: Callable[[], Awaitable[str | None]]) -> str:
    """Return the id of the query that `start` starts.

    It is not interrupted: a query that runs without our knowing its id could never be cancelled.
    """
    query_id = None
    with CancelScope(shield=True), beyond_the_call():
        query_id = await start()
    if query_id is None:
        raise UpstreamError("Panther did not say which query it started.", retryable=True)
    return query_id


async def _start_sql(call: Call, sql: str, database_name: str) -> str:
    from panther_client.graphql.input_types import ExecuteDataLakeQueryInput

    async def start() -> str | None:
        asked = ExecuteDataLakeQueryInput(sql=sql, databaseName=database_name)
        answer = await call.graphql.start_data_lake_query(input=asked)
        return None if answer is None else answer.id

    return await started(start)


def _no_rows(reason: str, query_id: str, cursor: str | None) -> PantherMcpError:
    """Return the error for rows that Panther cannot give although the query succeeded."""
    if cursor is not None:
        return InvalidInput(
            f"Panther cannot read on from this cursor: {bounded(reason)}", hint="Pass next_cursor as it came."
        )
    return UpstreamError(
        f"Panther cannot give the rows of the query {query_id}: {bounded(reason)}", hint="Run it again."
    )


def _has_rows(query: "GetDataLakeQueryDataLakeQuery") -> bool:
    return query.status == "succeeded" and query.results is not None and not query.results.tryAgain


def _page(query: "GetDataLakeQueryDataLakeQuery", query_id: str, size: int, cursor: str | None) -> LakePage:
    results = query.results
    if results is None:
        raise UpstreamError(f"Panther gave no rows of the query {query_id}.", retryable=True)
    info, stats, more = results.columnInfo, results.stats, results.pageInfo
    types = cast("dict[str, Any]", info.types or {}) if info is not None else {}
    order = (info.order or []) if info is not None else []
    return LakePage(
        query_id=query_id,
        rows=[row_of(edge.node) for edge in results.edges or () if edge is not None],
        columns={name: str(types.get(name, "")) for name in order if name},
        row_count=int(stats.rowCount or 0) if stats is not None else 0,
        bytes_scanned=int(stats.bytesScanned or 0) if stats is not None else 0,
        size=size,
        at=cursor,
        following=more.endCursor or None if more is not None and more.hasNextPage else None,
        message=query.message or "",
    )


def row_of(node: Any) -> JsonObject:
    """Return a row without its nulls."""
    if not isinstance(node, dict):
        return {"value": node}
    return {name: value for name, value in cast("JsonObject", node).items() if value is not None}

"""Run SQL on the data lake: start, wait, read a page; cancel upstream when nobody waits any more."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

from anyio import CancelScope, move_on_after

from panther_mcp.errors import (
    DeadlineExceeded,
    InvalidInput,
    PantherMcpError,
    RateLimited,
    Unavailable,
    UpstreamError,
    bounded,
)
from panther_mcp.runtime import Call, JsonObject, backoff

if TYPE_CHECKING:
    from panther_client.graphql.get_data_lake_query import (
        GetDataLakeQueryDataLakeQuery,
        GetDataLakeQueryDataLakeQueryResults,
    )
    from panther_tools.data_lake import QueryDataLake

_log = logging.getLogger(__name__)
# A query that was given up must be cancelled even though the call that started it has ended.
_CANCEL_SECONDS = 5.0


async def query_data_lake(
    call: Call, *, sql: str, database_name: str, timeout: int, max_rows: int, cursor: str | None
) -> JsonObject:
    """Return the rows of `sql`, or with `cursor` the next page of a query that ran before.

    Raises `BlockedByPolicy` for SQL that the guard refuses, `DeadlineExceeded` after `timeout` seconds, and
    `InvalidInput` with Snowflake's reason when the query fails; all leave no query running.
    """
    if cursor is not None:
        query_id, _, position = cursor.partition(":")
        if not position:
            raise InvalidInput("This is not a cursor of query_data_lake.", hint="Pass next_cursor as it came.")
        return await _wait(call, query_id, max_rows, timeout, position)
    checked = await call.checked_sql(sql, database_name)
    query_id = await _start(call, sql, database_name)
    try:
        result = await _wait(call, query_id, max_rows, timeout, None)
    except (asyncio.CancelledError, DeadlineExceeded, RateLimited, Unavailable):
        await _cancel(call, query_id)
        raise
    call.ran_sql(checked, row_count=result.get("row_count", 0), bytes_scanned=result.get("bytes_scanned", 0))
    return result


async def _start(call: Call, sql: str, database_name: str) -> str:
    from panther_client.graphql.input_types import ExecuteDataLakeQueryInput

    started = None
    with CancelScope(shield=True):
        # Not to be interrupted: a query that runs without our knowing its id could never be cancelled.
        started = await call.graphql.start_data_lake_query(
            input=ExecuteDataLakeQueryInput(sql=sql, databaseName=database_name)
        )
    if started is None or started.id is None:
        raise UpstreamError("Panther did not say which query it started.", retryable=True)
    return started.id


async def _wait(call: Call, query_id: str, max_rows: int, timeout: int, position: str | None) -> JsonObject:
    from panther_client.graphql.input_types import DataLakeQueryResultsInput

    page = DataLakeQueryResultsInput(pageSize=max_rows, cursor=position)
    sleep = backoff()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        query = await call.graphql.get_data_lake_query(id=query_id, results=page)
        if query is None:
            raise UpstreamError(f"Panther does not know the query {query_id}.")
        if query.status == "succeeded" and query.results is not None:
            return _result(query, query.results, query_id)
        if query.status in ("failed", "cancelled"):
            raise _failure(query, query_id)
        elapsed = loop.time() - begun
        if elapsed >= timeout:
            raise DeadlineExceeded(
                f"The query did not finish within {timeout} s and was cancelled.",
                hint="Narrow its time range, add a filter or a LIMIT, or raise timeout.",
                details={"query_id": query_id},
            )
        await call.progress(elapsed, timeout, "the query is running")
        await sleep(timeout - elapsed)


def _failure(query: "GetDataLakeQueryDataLakeQuery", query_id: str) -> PantherMcpError:
    reason = bounded(query.message or "no reason given")
    if query.status == "cancelled":
        return UpstreamError(
            f"The query was cancelled in Panther: {reason}",
            hint="Somebody stopped it there. Run it again, or a narrower one.",
            details={"query_id": query_id},
            retryable=True,
        )
    return InvalidInput(
        f"Snowflake refused the query: {reason}",
        hint="get_table_schema lists a table's columns, list_database_tables a database's tables.",
        details={"query_id": query_id},
    )


def _result(
    query: "GetDataLakeQueryDataLakeQuery", results: "GetDataLakeQueryDataLakeQueryResults", query_id: str
) -> JsonObject:
    """Return a page: rows without their nulls, the columns in order with their types, and what it cost."""
    rows = [_row(edge.node) for edge in results.edges or () if edge is not None]
    info = results.columnInfo
    types = cast("dict[str, Any]", info.types or {}) if info is not None else {}
    order = (info.order or []) if info is not None else []
    result: JsonObject = {"rows": rows, "columns": {name: types.get(name, "") for name in order if name}}
    if results.stats is not None:
        result["row_count"] = int(results.stats.rowCount or 0)
        result["bytes_scanned"] = int(results.stats.bytesScanned or 0)
    more = results.pageInfo
    if more is not None and more.hasNextPage and more.endCursor:
        result["next_cursor"] = f"{query_id}:{more.endCursor}"
    result["query_id"] = query.id or query_id
    return result


def _row(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return {name: value for name, value in cast("JsonObject", node).items() if value is not None}


async def _cancel(call: Call, query_id: str) -> None:
    """Cancel the query in Panther. A failure to do so must not hide why it was given up."""
    from panther_client.graphql.input_types import CancelDataLakeQueryInput

    with move_on_after(_CANCEL_SECONDS, shield=True) as scope:
        try:
            await call.graphql.cancel_data_lake_query(input=CancelDataLakeQueryInput(id=query_id))
        except PantherMcpError as error:
            _log.warning("query %s could not be cancelled: %s", query_id, error)
    if scope.cancelled_caught:
        _log.warning("query %s could not be cancelled within %g s", query_id, _CANCEL_SECONDS)


if TYPE_CHECKING:
    _: QueryDataLake = query_data_lake

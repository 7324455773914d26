"""Run SQL on the data lake and show its rows; with a cursor, read on in what a query found before."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.lake_queries import run_query
from panther_overrides.workflows.common.no_rows import why_empty
from panther_overrides.workflows.common.row_pages import RowPosition, read_on, shown

if TYPE_CHECKING:
    from panther_tools.data_lake import QueryDataLake


async def query_data_lake(
    call: Call, *, sql: str, database_name: str, timeout: int, max_rows: int, cursor: str | None
) -> JsonObject:
    """Return the rows of `sql`, or with `cursor` the next page of a query that ran before.

    Raises `BlockedByPolicy` for SQL that the guard refuses, `DeadlineExceeded` after `timeout` seconds, and
    `InvalidInput` with Snowflake's reason when the query fails; all leave no query running.
    """
    if cursor is not None:
        return await read_on(call, RowPosition.decode(cursor), max_rows=max_rows, timeout=timeout)
    checked = await call.checked_sql(sql, database_name)
    page = await run_query(call, sql, checked.tables, timeout=timeout, database_name=database_name)
    if told := checked.about_rows(page.row_count):
        call.warnings.append(told)
    result = shown(page, max_rows=max_rows)
    return result if page.rows else result | {"note": why_empty(sql)}


if TYPE_CHECKING:
    _: QueryDataLake = query_data_lake

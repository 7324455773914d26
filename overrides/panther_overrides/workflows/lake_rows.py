"""All rows of a query of the data lake, over as many pages as there are."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from panther_mcp.runtime import Call, JsonObject, Progress
from panther_overrides.workflows.query_data_lake import query_data_lake

# Rows of one answer: with ordinary events well below what an answer may weigh.
_ROWS_A_PAGE = 250


@dataclass(frozen=True)
class Rows:
    """All rows of a query, the types of its columns, and the query's id."""

    rows: list[JsonObject]
    types: dict[str, Any]
    query_id: str


async def all_rows(call: Call, sql: str, *, database: str, timeout: int, most: int, progress: Progress) -> Rows:
    """Run `sql` and return its first `most` rows, reading as many pages as there are.

    `timeout` is in seconds. What the query tells of its progress goes to `progress`. Raises what
    `query_data_lake` raises.
    """
    # Made first, so that both share it: errors beside partial data are told by the call itself.
    _ = call.graphql
    inner = copy(call)
    inner.progress = progress
    found: list[JsonObject] = []
    cursor: str | None = None
    while True:
        page = await query_data_lake(
            inner,
            sql=sql,
            database_name=database,
            timeout=timeout,
            max_rows=min(_ROWS_A_PAGE, most),
            cursor=cursor,
        )
        found += page["rows"]
        cursor = page.get("next_cursor")
        if cursor is None or len(found) >= most:
            return Rows(found[:most], page["columns"], page["query_id"])

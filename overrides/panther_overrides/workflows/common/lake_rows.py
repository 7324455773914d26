"""All rows of a query of the data lake, over as many pages as there are."""

from collections.abc import Collection
from copy import copy
from dataclasses import dataclass

from panther_mcp.runtime import Call, JsonObject, Progress
from panther_overrides.workflows.common.lake_queries import read_page, run_query


@dataclass(frozen=True)
class Rows:
    """All rows of a query, the types of its columns, and the query's id."""

    rows: list[JsonObject]
    types: dict[str, str]
    query_id: str


async def all_rows(
    call: Call,
    sql: str,
    tables: Collection[str],
    *,
    database: str,
    timeout: int,
    most: int,
    progress: Progress,
) -> Rows:
    """Run `sql`, which reads `tables`, and return its first `most` rows, reading as many pages as there are.

    `timeout` is in seconds. What the query tells of its progress goes to `progress`. Raises what `run_query` raises.
    """
    # Made first, so that both share it: errors beside partial data are told by the call itself.
    _ = call.graphql
    inner = copy(call)
    inner.progress = progress
    page = await run_query(inner, sql, tables, timeout=timeout, database_name=database)
    types, found = page.columns, list(page.rows)
    while len(found) < most and page.following is not None:
        page = await read_page(inner, page.query_id, cursor=page.following, size=page.size)
        found += page.rows
    return Rows(found[:most], types, page.query_id)

"""SQL on the data lake for workflows: values made safe to stand in it, and all the rows of a query."""

import re
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import Call, JsonObject, Progress
from panther_overrides.workflows.query_data_lake import query_data_lake

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*){0,2}")
# Rows of one answer: with ordinary events well below what an answer may weigh.
_ROWS_A_PAGE = 250


def sql_value(value: str | int | datetime) -> str:
    """Return a value as a literal of Snowflake's SQL that ends where it ends, whatever it holds.

    A time is in UTC, to the second, as Panther's time macros take it.
    """
    if isinstance(value, int):
        return str(value)
    text = value.strftime("%Y-%m-%d %H:%M:%S") if isinstance(value, datetime) else value
    # Snowflake reads backslashes in a string; a NUL would end the statement.
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\0", "") + "'"


def sql_name(name: str) -> str:
    """Return a table's or column's name, with its database where it has one, if it needs no quotes.

    Raises `InvalidInput` otherwise. Quotes would make a name case-sensitive, and find nothing.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:100]!r} is no name of a table.", hint="list_database_tables tells the names of the tables."
        )
    return name


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

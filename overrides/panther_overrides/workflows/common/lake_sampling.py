"""A sample of a log type's past events: how many there are, and a bounded number spread evenly over them.

The events of a table are put in the order of time, and of n rows those are taken whose number r fulfils
`MOD(r * q, n) < q`: exactly q of them at equal distances, or all where there are fewer. A burst is so sampled in
proportion, and nothing depends on chance. Of a table with very many events, a hash of the row's id thins the rows
out before they are sorted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call, JsonObject, Progress, collect
from panther_mcp.sql_guard.quoting import between, plain_name
from panther_overrides.workflows.common.lake_rows import Rows, all_rows
from panther_overrides.workflows.common.side_by_side import concurrently

LOGS = "panther_logs.public"
QUERY_SECONDS = 120
_MOST_TABLES = 2_000
# More rows than this are thinned out before they are sorted.
SORTED_ROWS = 2_000_000
_CONCURRENT = 3
_PARSED = ("variant", "object", "array", "json")


@dataclass(frozen=True)
class LogTable:
    """A log type and the table that holds its events."""

    log_type: str
    name: str


@dataclass(frozen=True)
class Window:
    """A range of time, in ISO 8601."""

    start: str
    end: str

    @property
    def days(self) -> float:
        """Its length in days."""
        length = datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)
        return length.total_seconds() / 86_400


@dataclass(frozen=True)
class Sampled:
    """The events taken of one table, out of `total`; each of them stands for `weight` events."""

    table: LogTable
    total: int
    events: Sequence[JsonObject]
    query_id: str

    @property
    def weight(self) -> float:
        """How many events of the window one of the sample stands for."""
        return self.total / len(self.events) if self.events else 1.0


async def log_tables(call: Call, log_types: Sequence[str]) -> list[LogTable]:
    """Return the table of each log type; one that has none is told in a warning.

    Raises `NotFound` when none of them has a table.
    """
    from panther_client.graphql.input_types import DataLakeDatabaseTablesInput

    async def fetch(cursor: str | None) -> object:
        asked = DataLakeDatabaseTablesInput(databaseName=LOGS, pageSize=100, cursor=cursor)
        return await call.graphql.list_database_tables(input=asked)

    listed = await collect(fetch, "tables", limit=_MOST_TABLES)
    known: dict[str, str] = {}
    for table in cast("list[JsonObject]", listed["tables"]):
        if name := table.get("name"):
            known[str(table.get("logType") or name).lower()] = name
    found: list[LogTable] = []
    missing: list[str] = []
    for log_type in dict.fromkeys(log_types):
        # A table is named as its log type, which the list does not always tell.
        by_name = log_type.lower().replace(".", "_").replace("-", "_")
        name = known.get(log_type.lower()) or known.get(by_name)
        if name is None:
            missing.append(log_type[:100])
        else:
            found.append(LogTable(log_type, plain_name(name)))
    if not found:
        raise NotFound(
            f"The data lake has no events of {', '.join(missing[:10])}.",
            hint="list_database_tables with panther_logs.public tells what it has; pass log_types of those.",
        )
    if missing:
        call.warnings.append(f"The data lake has no table of {', '.join(missing[:10])}: left out.")
    return found


def count_sql(tables: Sequence[LogTable], window: Window) -> str:
    """Return the SQL that counts the events of each table, which the column `t` numbers."""
    return "\nUNION ALL\n".join(
        f"SELECT {number} AS t, COUNT(*) AS n FROM {LOGS}.{table.name} WHERE {between(window.start, window.end)}"  # noqa: S608 - made of checked names, numbers and quoted times
        for number, table in enumerate(tables)
    )


def sample_sql(table: LogTable, window: Window, total: int, quota: int, sorted_rows: int = SORTED_ROWS) -> str:
    """Return the SQL that takes `quota` of the about `total` events of a table, at equal distances in time."""
    share = total // max(sorted_rows, quota)
    thinned = f" AND MOD(ABS(HASH(p_row_id)), {share + 1}) = 0" if share else ""
    order = "p_event_time, p_row_id"
    return (
        f"SELECT * FROM {LOGS}.{table.name} WHERE {between(window.start, window.end)}{thinned}\n"  # noqa: S608 - made of checked names, numbers and quoted times
        f"QUALIFY MOD(ROW_NUMBER() OVER (ORDER BY {order}) * {quota}, COUNT(*) OVER ()) < {quota}\n"
        f"ORDER BY {order}"
    )


def quotas(counts: Sequence[int], most: int) -> list[int]:
    """Return how many events to take of each table: all if they are few, else in proportion.

    Half of `most` is shared out equally, so that a small table is not lost beside a large one; one event at
    least is taken of each that has any.
    """
    if sum(counts) <= most:
        return list(counts)
    filled = sum(1 for count in counts if count)
    least = [min(count, most // (2 * filled)) for count in counts]
    rest, left = most - sum(least), sum(counts) - sum(least)
    shares = zip(least, counts, strict=True)
    return [max(small + (count - small) * rest // left, min(count, 1)) for small, count in shares]


async def take_sample(
    call: Call, tables: Sequence[LogTable], window: Window, most: int, *, progress: Progress
) -> tuple[list[Sampled], list[str]]:
    """Return what was taken of each table that has events, and the ids of the queries."""
    counted = await _rows(call, count_sql(tables, window), tables, len(tables), progress)
    counts = [0] * len(tables)
    for row in counted.rows:
        counts[int(row["t"])] = int(row["n"])
    wanted = [item for item in zip(tables, counts, quotas(counts, most), strict=True) if item[2]]

    async def take(table: LogTable, total: int, quota: int) -> Sampled:
        got = await _rows(call, sample_sql(table, window, total, quota), [table], quota, progress)
        events = [_event(row, got.types) for row in got.rows]
        # Events may have arrived since they were counted.
        return Sampled(table, max(total, len(events)), events, got.query_id)

    taken = await concurrently([take(*item) for item in wanted], _CONCURRENT)
    return taken, [counted.query_id, *(one.query_id for one in taken)]


async def _rows(call: Call, sql: str, tables: Sequence[LogTable], most: int, progress: Progress) -> Rows:
    read = [f"{LOGS}.{table.name}".lower() for table in tables]
    return await all_rows(call, sql, read, database=LOGS, timeout=QUERY_SECONDS, most=most, progress=progress)


def _event(row: JsonObject, types: Mapping[str, Any]) -> JsonObject:
    """Return a row as the event that a rule sees: nested values are values, not their text."""
    return {
        name: _parsed(value) if str(types.get(name, "")).lower().startswith(_PARSED) else value
        for name, value in row.items()
    }


def _parsed(value: object) -> object:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return cast("object", json.loads(value))
        except ValueError:
            # A variant may hold any text.
            return value
    return value

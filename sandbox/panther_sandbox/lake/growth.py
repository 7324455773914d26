"""Grows the ordinary days to any number of rows: copies of everyday events, with ids and times of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta

import duckdb

from panther_sandbox.clock import lake_time
from panther_sandbox.lake.building import quoted, row_count
from panther_sandbox.lake.columns import Table
from panther_sandbox.lake.plan import Everyday

# Columns that hold an id of the event, which no two events share.
_UUIDS = frozenset({"eventID", "requestID", "uuid"})
# Nested values that repeat the event's time or id, by table: rebuilt, or they would contradict the columns.
_NESTED: Mapping[str, Mapping[str, str]] = {
    "gsuite_reports": {
        "id": "{'applicationName': variant_extract(t.id, 'applicationName')::VARCHAR,"
        " 'time': strftime({time}, '%Y-%m-%dT%H:%M:%S.%gZ'), 'uniqueQualifier': left({digest}, 16)}::VARIANT",
    },
    "okta_systemlog": {
        "transaction": "{'id': left({uuid}, 18), 'type': 'WEB',"
        " 'detail': {'requestedAt': strftime({time}, '%Y-%m-%dT%H:%M:%S.%gZ')}}::VARIANT",
    },
}


def grow(connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], everyday: Everyday, total: int) -> None:
    """Copy everyday events until the tables hold `total` rows; nothing is done when they hold as many already."""
    connection.execute(
        "CREATE TEMP TABLE everyday AS SELECT unnest(?::JSON::VARCHAR[]) AS row_id", [json.dumps([*everyday.row_ids])]
    )
    templates = {table: _templates(connection, table) for table in tables}
    copied_from = sum(templates.values())
    missing = total - sum(row_count(connection, table) for table in tables)
    if missing > 0 and copied_from:
        for table, count in _shares(templates, missing).items():
            if count:
                _copy(connection, table, everyday, templates[table], count)
    connection.execute("DROP TABLE everyday")


def _templates(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    found = connection.execute(
        f"SELECT count(*) FROM {table.qualified_name} WHERE p_row_id IN (FROM everyday)"  # noqa: S608 - our name
    ).fetchone()
    return int(found[0]) if found else 0


def _shares(templates: Mapping[Table, int], missing: int) -> dict[Table, int]:
    """Divide the rows to make among the tables by how many templates each has; the first takes what is left over."""
    everything = sum(templates.values())
    shares = {table: missing * count // everything for table, count in templates.items()}
    first = next(table for table, count in templates.items() if count)
    shares[first] += missing - sum(shares.values())
    return shares


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, everyday: Everyday, templates: int, count: int) -> None:
    last = everyday.ends.get(table.name, everyday.last)
    window = int((last - everyday.first) / timedelta(milliseconds=1))
    values = ", ".join(_value(table, name, column.type) for name, column in ((c.name, c) for c in table.columns))
    connection.execute(
        # Names are our catalog's; times and counts are made here.
        f"INSERT INTO {table.qualified_name} SELECT {values} FROM ("  # noqa: S608 - see above
        f"  SELECT t.*, n, TIMESTAMP '{lake_time(everyday.first)}'"
        f"    + to_milliseconds((hash(t.p_row_id, n) % {window})::BIGINT) - t.p_event_time AS shift"
        f"  FROM {table.qualified_name} t, range({-(-count // templates)}) copies(n)"
        f"  WHERE t.p_row_id IN (FROM everyday) LIMIT {count}) t",
    )


def _value(table: Table, name: str, kind: str) -> str:
    column = f"t.{quoted(name)}"
    digest = "md5(t.p_row_id || n)"
    event_uuid = f"regexp_replace({digest}, '(.{{8}})(.{{4}})(.{{4}})(.{{4}})(.*)', '\\1-\\2-\\3-\\4-\\5')"
    if name == "p_row_id":
        return digest
    if name in _UUIDS:
        return event_uuid if name != "requestID" else event_uuid.replace(digest, "md5(n || t.p_row_id)")
    if kind == "timestamp":
        return f"{column} + shift"
    nested = _NESTED.get(table.name, {}).get(name)
    if nested is None:
        return column
    replaced = nested.replace("{time}", "(t.p_event_time + shift)").replace("{digest}", digest)
    return replaced.replace("{uuid}", event_uuid)

"""Makes tables of a folder's files, with Panther's own fields where the file has none."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from panther_sandbox.clock import lake_time
from panther_sandbox.errors import LakeFilesError
from panther_sandbox.lake.building import create, quoted, row_count
from panther_sandbox.lake.catalog import BUILT_IN_TABLES
from panther_sandbox.lake.columns import (
    INDICATOR_COLUMNS,
    LOGS,
    RULE_MATCH_COLUMNS,
    RULE_MATCHES,
    STANDARD_COLUMNS,
    Column,
    Table,
)
from panther_sandbox.lake.own_logs import ndjson, parquet
from panther_sandbox.lake.own_logs.folder import LakeFile, find_files
from panther_sandbox.lake.own_logs.indicators import indicators

LABEL = "Own logs"
# Fields that usually tell when an event happened, best first; compared without case.
_TIME_FIELDS = (
    *("eventtime", "event_time", "published", "timestamp", "@timestamp", "time", "_time", "created_at", "createdat"),
    *("created", "datetime", "occurred_at", "start", "date", "ts"),
)
_INDICATORS = frozenset(column.name for column in INDICATOR_COLUMNS)


@dataclass(frozen=True)
class LoadedTable:
    """A table that a file became, and the file's size."""

    table: Table
    size: int


def load_folder(connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime) -> list[LoadedTable]:
    """Make a table of every file; raise LakeFilesError at the first that cannot be one."""
    return [_load(connection, file, now) for file in find_files(folder)]


def _load(connection: duckdb.DuckDBPyConnection, file: LakeFile, now: datetime) -> LoadedTable:
    is_json = file.path.suffix.lower() == ".ndjson"
    try:
        types = (ndjson if is_json else parquet).stage(connection, file.path)
        if not types:
            raise LakeFilesError(f"{file.path}: holds no events")
        table = _table(file, types)
        create(connection, table)
        _fill(connection, table, types, now, is_json=is_json)
        connection.execute("DROP TABLE staged")
        size = file.path.stat().st_size
    except duckdb.Error as error:
        first_line = str(error).split("\n", 1)[0]
        raise LakeFilesError(f"{file.path}: cannot be loaded: {first_line}") from error
    except OSError as error:
        raise LakeFilesError(f"{file.path}: {error.strerror or error}") from error
    return LoadedTable(table, max(size, row_count(connection, table)))


def _table(file: LakeFile, types: Mapping[str, str]) -> Table:
    """Return the table: the file's fields, then Panther's. A log type is the table's name, as Panther makes it."""
    ours: Sequence[Column] = ()
    if file.database in (LOGS, RULE_MATCHES):
        ours = STANDARD_COLUMNS if file.database == LOGS else (*STANDARD_COLUMNS, *RULE_MATCH_COLUMNS)
    known = {column.name for column in ours}
    own = tuple(Column(name, kind) for name, kind in types.items() if name not in known)
    return Table(file.database, file.table, (*own, *ours), _log_type(file), f"Loaded from {file.path.name}")


def _log_type(file: LakeFile) -> str | None:
    for table in BUILT_IN_TABLES:
        if table.name == file.table and table.log_type:
            return table.log_type
    if file.database not in (LOGS, RULE_MATCHES):
        return None
    return ".".join(part.capitalize() for part in file.table.split("_") if part)


def _fill(
    connection: duckdb.DuckDBPyConnection, table: Table, types: Mapping[str, str], now: datetime, *, is_json: bool
) -> None:
    declared = {column.name: column.storage_type for column in table.columns}
    # In the file, a time is a text or a time already, and what Panther keeps as a list may be a single value.
    read = {name: _read_type(declared[name]) for name in types}
    if is_json:
        structure = json.dumps(read).replace("'", "''")
        source = f"SELECT line, body, from_json(body::JSON, '{structure}') AS event FROM staged"  # noqa: S608 - quoted
    else:
        source = "SELECT line, body, event FROM staged"

    def field(name: str) -> str:
        return _converted(f"event.{quoted(name)}", declared[name])

    values = [
        _value(column, table, types, now, field) if column.name.startswith("p_") else field(column.name)
        for column in table.columns
    ]
    connection.execute(f"INSERT INTO {table.qualified_name} SELECT {', '.join(values)} FROM ({source}) ORDER BY line")  # noqa: S608 - names are checked or quoted


def _read_type(storage: str) -> str:
    return {"VARIANT": "JSON", "TIMESTAMP": "VARCHAR", "DATE": "VARCHAR"}.get(storage, storage)


def _converted(expression: str, storage: str) -> str:
    if storage == "TIMESTAMP":
        # With a zone in the text the moment counts; without one it is UTC.
        return f"timezone('UTC', {expression}::VARCHAR::TIMESTAMPTZ)"
    return f"{expression}::{storage}"


def _value(column: Column, table: Table, types: Mapping[str, str], now: datetime, field: Callable[[str], str]) -> str:
    """Return the SQL of one of Panther's fields: as the file has it, else as Panther would have made it."""
    is_indicator = column.name in _INDICATORS
    found = indicators(column.name, "body") if is_indicator else _made(column, table, types, now, field)
    return f"coalesce({field(column.name)}, {found})" if column.name in types else found


def _made(column: Column, table: Table, types: Mapping[str, str], now: datetime, field: Callable[[str], str]) -> str:
    parsed = f"TIMESTAMP '{lake_time(now)}'"
    made = {
        "p_event_time": _event_time(types, field) or (field("p_parse_time") if "p_parse_time" in types else parsed),
        "p_parse_time": parsed,
        "p_log_type": f"'{table.log_type}'" if table.log_type else "NULL",
        "p_row_id": f"md5('{table.qualified_name}' || line)",
        "p_source_id": f"'{uuid.uuid5(uuid.NAMESPACE_DNS, 'own-logs.sandbox')}'",
        "p_source_label": f"'{LABEL}'",
        "p_schema_version": "0",
    }
    return f"{made.get(column.name, 'NULL')}::{column.storage_type}"


def _event_time(types: Mapping[str, str], field: Callable[[str], str]) -> str | None:
    """Return the SQL of the field that tells when an event happened: one with a usual name, else the first time."""
    names = {name.lower(): name for name in types}
    for usual in _TIME_FIELDS:
        name = names.get(usual)
        if name and types[name] in ("timestamp", "date"):
            return field(name)
        if name and types[name] in ("bigint", "double"):
            return f"_epoch({field(name)}::BIGINT)"
    first = next((n for n, kind in types.items() if kind == "timestamp" and not n.startswith("p_")), None)
    return field(first) if first else None

"""The locked-down DuckDB that holds the lake: built once, then nothing but SELECT over our tables gets through."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from panther_sandbox.errors import QueryInterruptedError
from panther_sandbox.lake import building
from panther_sandbox.lake.catalog import BUILT_IN_TABLES, CLASSIFICATION_FAILURES, DATA_AUDIT, Catalog
from panther_sandbox.lake.columns import VIEWS, Table
from panther_sandbox.lake.failures import snowflake_failure
from panther_sandbox.lake.growth import grow
from panther_sandbox.lake.log_tables import LOG_TABLES
from panther_sandbox.lake.own_logs.loading import load_folder
from panther_sandbox.lake.plan import LakePlan
from panther_sandbox.lake.rows import json_rows, panther_type, unique_names
from panther_sandbox.lake.snowflake.support import MACROS
from panther_sandbox.lake.snowflake.translation import translate

Row = dict[str, Any]
MAX_RESULT_ROWS = 50_000

_BYTES_A_ROW = 200
# What a greedy query may take, and what a row of a grown lake takes.
_MEMORY = 2_000_000_000
_MEMORY_A_ROW = 2_500
ALL_LOGS = f"{VIEWS}.public.all_logs"

_PREPARATIONS = (
    "SET TimeZone = 'UTC'",
    "SET temp_directory = ''",
    "SET threads = 4",
    # DuckDB 2.0.0 reads shredded VARIANT wrongly once a table fills a row group.
    "SET GLOBAL variant_minimum_shredding_size = -1",
)
# The last one makes the others final.
_LOCKS = (
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class ResultSet:
    """What a query gave: its columns in order with Panther's names of their types, and its rows as JSON values.

    `cut` tells that there were more rows than a result may have.
    """

    columns: list[str]
    types: dict[str, str]
    rows: list[Row]
    bytes_scanned: int
    cut: bool = False


class Lake:
    """The lake's tables and the way to query them; each query runs on a cursor of its own."""

    def __init__(self, plan: LakePlan) -> None:
        """Build every table and lock the database. Raises LakeFilesError when a file of own logs cannot be used."""
        self._connection = duckdb.connect(":memory:")
        try:
            for statement in _PREPARATIONS:
                self._connection.execute(statement)
            self._connection.execute(f"SET memory_limit = '{_MEMORY + plan.scale * _MEMORY_A_ROW}B'")
            building.create_databases(self._connection)
            for statement in MACROS:
                self._connection.execute(statement)
            self._sizes = dict[str, int]()
            self.catalog = self._build(plan)
            for statement in _LOCKS:
                self._connection.execute(statement)
        except BaseException:
            self._connection.close()
            raise

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor for one query; `interrupt()` on it stops that query only."""
        return self._connection.cursor()

    def query(
        self, sql: str, database: str, now: datetime, cursor: duckdb.DuckDBPyConnection | None = None
    ) -> ResultSet:
        """Run one Snowflake query and return its rows; raise QueryRejectedError or QueryInterruptedError."""
        translation = translate(sql, database, now, self.catalog)
        cursor = cursor or self.cursor()
        try:
            cursor.execute(translation.duckdb_sql)
            described = cursor.description or []
            fetched = cursor.fetchmany(MAX_RESULT_ROWS + 1)
        except duckdb.InterruptException as error:
            raise QueryInterruptedError from error
        except duckdb.Error as error:
            raise snowflake_failure(error, sql) from error
        names = unique_names([str(column[0]) for column in described])
        types = {
            name: "array" if name.lower() in translation.arrays else panther_type(str(column[1]))
            for name, column in zip(names, described, strict=True)
        }
        rows = json_rows(names, fetched[:MAX_RESULT_ROWS])
        return ResultSet(names, types, rows, self._scanned(translation.tables), len(fetched) > MAX_RESULT_ROWS)

    def close(self) -> None:
        """Free the lake."""
        self._connection.close()

    def _build(self, plan: LakePlan) -> Catalog:
        loaded = load_folder(self._connection, plan.folder, plan.now) if plan.folder else []
        catalog = Catalog([one.table for one in loaded])
        filled = {one.table.qualified_name for one in loaded}
        self._sizes |= {one.table.qualified_name: one.size for one in loaded}
        for table in catalog.tables:
            if table.qualified_name not in filled:
                building.create(self._connection, table)
        for table in BUILT_IN_TABLES:
            if table.qualified_name not in filled:
                building.insert(self._connection, table, plan.rows.get(table.qualified_name, []))
        ours = [table for table in LOG_TABLES if table.qualified_name not in filled]
        grow(self._connection, ours, plan.everyday, plan.scale)
        if not filled & {DATA_AUDIT.qualified_name, CLASSIFICATION_FAILURES.qualified_name, ALL_LOGS}:
            building.count_audit(self._connection)
        building.describe(self._connection, catalog)
        for table in BUILT_IN_TABLES:
            if table.qualified_name not in filled:
                self._sizes[table.qualified_name] = self._estimated_size(table, plan)
        return catalog

    def _estimated_size(self, table: Table, plan: LakePlan) -> int:
        """Return how many bytes of JSON a table of ours would be: copies are as large as what they copy."""
        rows = plan.rows.get(table.qualified_name, [])
        count = building.row_count(self._connection, table)
        return len(json.dumps(rows)) * count // len(rows) if rows else count * _BYTES_A_ROW

    def _scanned(self, tables: Iterable[Table]) -> int:
        """Add up the tables that were read, each once; a view reads the tables beneath it."""
        names = {name for table in tables for name in (table.reads or (table.qualified_name,))}
        return sum(self._sizes.get(name, 0) for name in names)

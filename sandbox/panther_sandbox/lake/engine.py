"""The locked-down DuckDB that holds the lake: built once, then nothing but SELECT over our tables gets through."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from panther_sandbox.errors import QueryInterruptedError
from panther_sandbox.lake.catalog import DATABASES, TABLES
from panther_sandbox.lake.columns import Table
from panther_sandbox.lake.failures import snowflake_failure
from panther_sandbox.lake.rows import json_rows, panther_type, unique_names
from panther_sandbox.lake.snowflake.names import INFORMATION_CATALOG
from panther_sandbox.lake.snowflake.support import MACROS
from panther_sandbox.lake.snowflake.translation import translate

Row = dict[str, Any]
MAX_RESULT_ROWS = 50_000

# The last one makes the others final.
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET memory_limit = '2GB'",
    "SET temp_directory = ''",
    "SET threads = 4",
    "SET python_enable_replacements = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class ResultSet:
    """What a query gave: its columns in order with Panther's names of their types, and its rows as JSON values."""

    columns: list[str]
    types: dict[str, str]
    rows: list[Row]
    bytes_scanned: int


class Lake:
    """The lake's tables and the way to query them; each query runs on a cursor of its own."""

    def __init__(self, rows: Mapping[str, list[Row]]) -> None:
        """Build every table of the catalog; `rows` maps a table's qualified name to its rows as JSON objects."""
        self._connection = duckdb.connect(":memory:")
        self._sizes = {name: len(json.dumps(table_rows)) for name, table_rows in rows.items()}
        for name in (*DATABASES, INFORMATION_CATALOG):
            self._connection.execute(f"ATTACH ':memory:' AS {name}")
            self._connection.execute(f"CREATE SCHEMA {name}.public")
        for table in TABLES:
            self._create(table, rows.get(table.qualified_name, []))
        self._describe(rows)
        for statement in (*MACROS, *_LOCKS):
            self._connection.execute(statement)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor for one query; `interrupt()` on it stops that query only."""
        return self._connection.cursor()

    def query(
        self, sql: str, database: str, now: datetime, cursor: duckdb.DuckDBPyConnection | None = None
    ) -> ResultSet:
        """Run one Snowflake query and return its rows; raise QueryRejectedError or QueryInterruptedError."""
        translation = translate(sql, database, now)
        cursor = cursor or self.cursor()
        try:
            cursor.execute(translation.duckdb_sql)
            described = cursor.description or []
            fetched = cursor.fetchmany(MAX_RESULT_ROWS)
        except duckdb.InterruptException as error:
            raise QueryInterruptedError from error
        except duckdb.Error as error:
            raise snowflake_failure(error, sql) from error
        names = unique_names([str(column[0]) for column in described])
        types = {name: panther_type(str(column[1])) for name, column in zip(names, described, strict=True)}
        scanned = sum(self._sizes.get(table.qualified_name, 0) for table in translation.tables)
        return ResultSet(names, types, json_rows(names, fetched), scanned)

    def close(self) -> None:
        """Free the lake."""
        self._connection.close()

    def _create(self, table: Table, rows: list[Row]) -> None:
        if table.view_sql is not None:
            self._connection.execute(f"CREATE VIEW {table.qualified_name} AS {table.view_sql}")
            return
        columns = [(column.name, column.storage_type) for column in table.columns]
        self._create_filled(table.qualified_name, columns, rows)

    def _create_filled(self, name: str, columns: Sequence[tuple[str, str]], rows: list[Row]) -> None:
        """Create a table of columns (name and DuckDB type) and insert rows.

        The rows go in as one JSON document that is read by its structure: hundreds of times faster than a bound
        INSERT a row, and a tenth of the memory of extracting field by field.
        """
        declared = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        self._connection.execute(f"CREATE TABLE {name} ({declared})")
        if not rows:
            return
        structure = json.dumps([{column: "JSON" if kind == "VARIANT" else kind for column, kind in columns}])
        values = ", ".join(f'row."{column}"::{kind}' for column, kind in columns)
        self._connection.execute(
            # Names and types are our own catalog's; the rows are bound.
            f"INSERT INTO {name} SELECT {values} "  # noqa: S608 - see above
            f"FROM (SELECT unnest(from_json(?::JSON, '{structure}')) AS row)",
            [json.dumps(rows)],
        )

    def _describe(self, rows: Mapping[str, list[Row]]) -> None:
        """Fill information_schema, in capitals as Snowflake has it."""
        tables: list[tuple[Any, ...]] = []
        columns: list[tuple[Any, ...]] = []
        for table in TABLES:
            key = (table.database.upper(), "PUBLIC", table.name.upper())
            kind = "BASE TABLE" if table.view_sql is None else "VIEW"
            count = len(rows.get(table.qualified_name, []))
            tables.append((*key, kind, count, table.description))
            for position, column in enumerate(table.columns, 1):
                columns.append((*key, column.name.upper(), position, column.snowflake_type, column.description))
        schemas = [(name.upper(), "PUBLIC") for name in DATABASES]
        self._fill("tables", "table_catalog, table_schema, table_name, table_type, row_count, comment", tables)
        self._fill(
            "columns",
            "table_catalog, table_schema, table_name, column_name, ordinal_position, data_type, comment",
            columns,
        )
        self._fill("schemata", "catalog_name, schema_name", schemas)
        self._fill("databases", "database_name, comment", [(n.upper(), d) for n, d in DATABASES.items()])
        self._connection.execute(
            f"CREATE VIEW {INFORMATION_CATALOG}.public.views AS "  # noqa: S608 - a constant of ours
            f"SELECT * FROM {INFORMATION_CATALOG}.public.tables WHERE table_type = 'VIEW'"
        )

    def _fill(self, name: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        names = [column.strip() for column in columns.split(",")]
        numbers = ("row_count", "ordinal_position")
        kinds = [(column, "BIGINT" if column in numbers else "VARCHAR") for column in names]
        objects = [dict(zip(names, row, strict=True)) for row in rows]
        self._create_filled(f"{INFORMATION_CATALOG}.public.{name}", kinds, objects)

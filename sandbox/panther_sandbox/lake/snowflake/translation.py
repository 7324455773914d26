"""From the text of a Panther query to the text that DuckDB runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.catalog import Catalog
from panther_sandbox.lake.columns import Table
from panther_sandbox.lake.macros import expand_macros
from panther_sandbox.lake.snowflake.context import Context
from panther_sandbox.lake.snowflake.guard import check_functions, check_statement
from panther_sandbox.lake.snowflake.names import resolve_tables
from panther_sandbox.lake.snowflake.outputs import name_outputs
from panther_sandbox.lake.snowflake.rewriting import rewrite
from panther_sandbox.lake.snowflake.show import listing


@dataclass(frozen=True)
class Translation:
    """A query ready to run, the tables it reads, and the outputs that are arrays in them (DuckDB sees a VARIANT)."""

    duckdb_sql: str
    tables: tuple[Table, ...]
    arrays: frozenset[str] = frozenset()


def translate(sql: str, database: str, now: datetime, catalog: Catalog) -> Translation:
    """Translate one Snowflake SELECT, SHOW or DESCRIBE; bare table names are looked up in `database`.

    `now` is the current time.

    Raises QueryRejectedError, worded as Snowflake words it, for anything that is not one valid SELECT over our tables.
    """
    expanded = _expand(sql, now)
    statements = _parse(expanded)
    listed = listing(statements[0], database, catalog) if len(statements) == 1 else None
    if listed is not None:
        return Translation(listed, ())
    statement = check_statement(statements)
    check_functions(statement)
    tables = resolve_tables(statement, database, catalog)
    name_outputs(statement, expanded)
    arrays = _array_columns(statement, tables)
    statement = rewrite(statement, Context.of(statement, now, database, tables))
    try:
        return Translation(statement.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE), tables, arrays)
    except UnsupportedError as error:
        first_line = str(error).split("\n", 1)[0]
        raise QueryRejectedError(f"not available in this sandbox yet: {first_line}") from None


def _array_columns(statement: exp.Query, tables: tuple[Table, ...]) -> frozenset[str]:
    """Return the columns that are arrays in every table read that has them, and that are not renamed."""
    columns = [column for table in tables for column in table.columns]
    others = {column.name.lower() for column in columns if column.type != "array"}
    others |= {alias.alias.lower() for alias in statement.find_all(exp.Alias)}
    return frozenset(column.name.lower() for column in columns) - others


def _parse(sql: str) -> list[exp.Expr]:
    try:
        parsed = sqlglot.parse(sql, read="snowflake")
    except ParseError as error:
        raise QueryRejectedError(_syntax_error(error)) from None
    return [statement for statement in parsed if statement is not None and not isinstance(statement, exp.Semicolon)]


def _expand(sql: str, now: datetime) -> str:
    """Expand the macros, which is where the text is first cut into tokens."""
    try:
        return expand_macros(sql, now)
    except TokenError:
        raise QueryRejectedError("SQL compilation error:\nparse error: unterminated string or comment") from None


def _syntax_error(error: ParseError) -> str:
    first = error.errors[0] if error.errors else {}
    line, column = first.get("line") or 1, first.get("col") or 1
    unexpected = first.get("highlight") or "<EOF>"
    return f"SQL compilation error:\nsyntax error line {line} at position {column - 1} unexpected '{unexpected}'."

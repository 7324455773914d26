"""From the text of a Panther query to the text that DuckDB runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.columns import Table
from panther_sandbox.lake.macros import expand_macros
from panther_sandbox.lake.snowflake.guard import check_functions, check_statement
from panther_sandbox.lake.snowflake.names import resolve_tables
from panther_sandbox.lake.snowflake.outputs import name_outputs
from panther_sandbox.lake.snowflake.rewriting import rewrite


@dataclass(frozen=True)
class Translation:
    """A query ready to run, and the tables it reads."""

    duckdb_sql: str
    tables: tuple[Table, ...]


def translate(sql: str, database: str, now: datetime) -> Translation:
    """Translate one Snowflake SELECT; bare table names are looked up in `database`, `now` is the current time.

    Raises QueryRejectedError, worded as Snowflake words it, for anything that is not one valid SELECT over our tables.
    """
    expanded = _expand(sql, now)
    statement = check_statement(_parse(expanded))
    check_functions(statement)
    tables = resolve_tables(statement, database)
    name_outputs(statement, expanded)
    statement = rewrite(statement, now, tables)
    try:
        return Translation(statement.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE), tables)
    except UnsupportedError as error:
        raise QueryRejectedError(f"not available in this sandbox yet: {error}") from None


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

"""DuckDB's complaints about a query, reworded as Snowflake's."""

from __future__ import annotations

import re

import duckdb
from sqlglot.dialects.snowflake import Snowflake

from panther_sandbox.errors import QueryRejectedError

_QUALIFIED = re.compile(r'(?:Table|Values list|Subquery) "([^"]+)" does not have a column named "([^"]+)"')
_COLUMN = re.compile(r'Referenced column "([^"]+)"')
_TABLE = re.compile(r'Referenced table "([^"]+)" not found')
_FUNCTION = re.compile(r"(?:Function|Macro) with name \"?(\w+)\"? does not exist", re.IGNORECASE)
_GROUP_BY = re.compile(r'column "?([\w.]+)"? must appear in the GROUP BY', re.IGNORECASE)
_TIME = re.compile(
    r"(?:timestamp|date) field value out of range|invalid (?:timestamp|date) field format", re.IGNORECASE
)
_CONVERSION = re.compile(r"Could not convert string ['\"](.*?)['\"] to (\w+)", re.DOTALL)
_QUOTED = re.compile(r'"([^"]*)"')
_AMBIGUOUS = re.compile(r'Ambiguous reference to column name "([^"]+)"')


def snowflake_failure(error: duckdb.Error, sql: str) -> QueryRejectedError:
    """Return the failure that Snowflake would report for the same query; `sql` is the text as it was sent."""
    message = str(error)
    if match := _QUALIFIED.search(message):
        return _invalid_identifier(sql, f"{match.group(1)}.{match.group(2)}")
    if match := _TABLE.search(message):
        return _invalid_identifier(sql, match.group(1))
    if match := _COLUMN.search(message):
        return _invalid_identifier(sql, match.group(1))
    if match := _AMBIGUOUS.search(message):
        name = match.group(1)
        return QueryRejectedError(f"{_position(sql, name)}\nambiguous column name '{name.upper()}'")
    if match := _GROUP_BY.search(message):
        name = match.group(1)
        return QueryRejectedError(f"{_position(sql, name)}\n'{name.upper()}' is not a valid group by expression")
    if match := _FUNCTION.search(message):
        # What Snowflake does not have was refused before; this one only DuckDB lacks.
        return QueryRejectedError(f"function {match.group(1).upper()} is not available in this sandbox yet")
    if _TIME.search(message):
        quoted = _QUOTED.search(message)
        return QueryRejectedError(f"Timestamp '{quoted.group(1) if quoted else ''}' is not recognized")
    if match := _CONVERSION.search(message):
        kind = "Boolean" if match.group(2).upper().startswith("BOOL") else "Numeric"
        return QueryRejectedError(f"{kind} value '{match.group(1)}' is not recognized")
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryRejectedError("Query execution ran out of memory.")
    first_line = message.split("\n", 1)[0]
    _, _, reason = first_line.partition(": ")
    kind = "compilation" if isinstance(error, duckdb.BinderException | duckdb.ParserException) else "execution"
    return QueryRejectedError(f"SQL {kind} error:\n{reason or first_line}")


def _invalid_identifier(sql: str, name: str) -> QueryRejectedError:
    return QueryRejectedError(f"{_position(sql, name)}\ninvalid identifier '{name.upper()}'")


def _position(sql: str, name: str) -> str:
    """Say where in the query as it was sent the name stands first."""
    parts = name.lower().split(".")
    tokens = [token for token in Snowflake().tokenize(sql) if token.text != "."]
    for index, token in enumerate(tokens):
        if [following.text.lower() for following in tokens[index : index + len(parts)]] == parts:
            line_start = sql.rfind("\n", 0, token.start) + 1
            return f"SQL compilation error: error line {token.line} at position {token.start - line_start}"
    return "SQL compilation error: error line 1 at position 0"

"""What a data lake query may be: one SELECT, over tables, calling functions that Snowflake has."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake.functions import KNOWN_NAMES

# Functions that the parser knows from other dialects and that reach outside the lake.
_OUTSIDE = (exp.ReadCSV, exp.ReadParquet)
# Functions that Snowflake has and this sandbox lacks: to call them unknown would be untrue.
_LACKING = frozenset(
    (
        *(
            "AI_COMPLETE",
            "CONDITIONAL_CHANGE_EVENT",
            "GET_DDL",
            "LAST_QUERY_ID",
            "MAP_CAT",
            "MAP_KEYS",
            "OBJECT_TO_MAP",
        ),
        *("FILTER", "REDUCE", "TRANSFORM", "ST_CONTAINS", "ST_DISTANCE", "ST_MAKEPOINT", "ST_WITHIN", "XMLGET"),
    )
)
_LONGEST_TEXT = 16_777_216
_LACKING_PARTS: dict[str, Callable[[exp.Expr], bool]] = {
    "MATCH_RECOGNIZE": lambda node: isinstance(node, exp.MatchRecognize),
    "ASOF JOIN": lambda node: isinstance(node, exp.Join) and node.args.get("match_condition") is not None,
    "IDENTIFIER(...)": lambda node: isinstance(node, exp.DynamicIdentifier),
    "time travel (AT, BEFORE)": lambda node: isinstance(node, exp.HistoricalData),
}
_STATEMENT_NAMES: dict[type[exp.Expr], str] = {
    exp.Insert: "INSERT",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
    exp.Merge: "MERGE",
    exp.Create: "CREATE",
    exp.Drop: "DROP",
    exp.Alter: "ALTER",
    exp.TruncateTable: "TRUNCATE",
    exp.Copy: "COPY",
    exp.Use: "USE",
    exp.Set: "SET",
    exp.Show: "SHOW",
    exp.Describe: "DESCRIBE",
    exp.Transaction: "BEGIN",
}


def check_statement(statements: list[exp.Expr]) -> exp.Query:
    """Return the one query among the parsed statements; refuse none, several, or anything but a query."""
    if not statements:
        raise QueryRejectedError("SQL compilation error:\nEmpty SQL statement.")
    if len(statements) > 1:
        raise QueryRejectedError(
            f"Actual statement count {len(statements)} did not match the desired statement count 1."
        )
    statement = statements[0]
    for node in statement.walk():
        kind = _STATEMENT_NAMES.get(type(node))
        if kind is None and isinstance(node, exp.Command):
            kind = str(node.this).upper()
        if kind is None and isinstance(node, exp.Into):
            kind = "SELECT INTO"
        if kind is not None:
            raise QueryRejectedError(
                f"SQL access control error:\nInsufficient privileges to run {kind}: only SELECT is allowed."
            )
    if not isinstance(statement, exp.Select | exp.SetOperation | exp.Subquery):
        raise QueryRejectedError("SQL access control error:\nInsufficient privileges: only SELECT is allowed.")
    return statement


def check_functions(statement: exp.Query) -> None:
    """Refuse functions that Snowflake does not have, and everything that names a file, a stage or a variable."""
    for node in statement.walk():
        if isinstance(node, _OUTSIDE):
            raise QueryRejectedError(f"SQL compilation error:\nUnknown function {node.sql_name()}")
        if isinstance(node, exp.Anonymous) and node.name.upper() in _LACKING:
            raise QueryRejectedError(f"function {node.name.upper()} is not available in this sandbox yet")
        if isinstance(node, exp.Anonymous) and node.name.upper() not in KNOWN_NAMES:
            raise QueryRejectedError(f"SQL compilation error:\nUnknown function {node.name.upper()}")
        if isinstance(node, exp.Explode | exp.Unnest) and not isinstance(node.parent, exp.Lateral | exp.TableFromRows):
            raise QueryRejectedError(f"SQL compilation error:\nUnknown function {node.sql_name()}")
        lacking = next((name for name, has in _LACKING_PARTS.items() if has(node)), None)
        if lacking:
            raise QueryRejectedError(f"{lacking} is not available in this sandbox yet")
        if isinstance(node, exp.Repeat | exp.Pad | exp.Space) and any(map(_is_too_long, node.find_all(exp.Literal))):
            raise QueryRejectedError(f"String is too long: at most {_LONGEST_TEXT} bytes")
        if isinstance(node, exp.Parameter | exp.Placeholder | exp.SessionParameter):
            raise QueryRejectedError("SQL compilation error:\nstages, variables and bind values are not available")


def _is_too_long(literal: exp.Literal) -> bool:
    return not literal.is_string and (len(literal.name) > 9 or float(literal.name) > _LONGEST_TEXT)

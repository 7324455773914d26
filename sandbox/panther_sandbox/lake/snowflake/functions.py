"""Functions that DuckDB lacks or whose arguments it takes differently."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake.context import Context, Rules, argument, call
from panther_sandbox.lake.snowflake.times import to_timestamp
from panther_sandbox.lake.snowflake.variants import as_type

_TIMESTAMPS = ("TO_TIMESTAMP", "TO_TIMESTAMP_NTZ", "TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_TZ")
_AS_TYPES = (
    "AS_ARRAY",
    "AS_BOOLEAN",
    "AS_CHAR",
    "AS_DOUBLE",
    "AS_INTEGER",
    "AS_NUMBER",
    "AS_OBJECT",
    "AS_REAL",
    "AS_VARCHAR",
)
# Functions of Snowflake that the parser has no class for, with the rule for each.
_BY_NAME = {
    **dict.fromkeys(_TIMESTAMPS, to_timestamp),
    **dict.fromkeys((f"TRY_{name}" for name in _TIMESTAMPS), to_timestamp),
    **dict.fromkeys(_AS_TYPES, as_type),
}
# Those that DuckDB has under the same name, or that another rule knows; every other name is unknown.
KNOWN_NAMES = frozenset({*_BY_NAME, "HASH", "RATIO_TO_REPORT"})


def _ratio(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """RATIO_TO_REPORT(x) OVER (...): the value's share of the total."""
    function = node.this
    if not isinstance(function, exp.Anonymous) or function.name.upper() != "RATIO_TO_REPORT":
        return None
    value = function.expressions[0]
    total = node.copy()
    total.set("this", exp.Sum(this=value.copy()))
    return exp.Div(this=exp.cast(value.copy(), exp.DType.DOUBLE), expression=total)


def _regexp_substr(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """REGEXP_SUBSTR(text, pattern, 1, 1, 'e', group): 'e' asks for a group instead of the whole match."""
    parameters = argument(node, "parameters")
    if parameters is None or "e" not in parameters.name:
        return None
    group = argument(node, "group")
    number = max(1, int(group.name)) if group is not None and group.name.isdigit() else 1
    extracted = call("regexp_extract", node.this, node.expression, exp.Literal.number(number))
    return exp.Nullif(this=extracted, expression=exp.Literal.string(""))


def _named(node: exp.Expr, context: Context) -> exp.Expr | None:
    rule = _BY_NAME.get(node.name.upper())
    return rule(node, context) if rule else None


RULES: Rules = {exp.Anonymous: _named, exp.Window: _ratio, exp.RegexpExtract: _regexp_substr}

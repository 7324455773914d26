"""Numbers and times in variants: DuckDB compares and rounds a VARIANT by its inner type, Snowflake by its value."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake.context import Context, Rules, call

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
_NUMERIC_RESULTS = (*_ARITHMETIC, exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Length, exp.Extract, exp.DateDiff)
_SIDES = ("this", "expression")


def _as_number(node: exp.Expr) -> exp.Expr:
    return exp.cast(call("_text", node), exp.DType.DOUBLE)


def _as_time(node: exp.Expr) -> exp.Expr:
    return exp.cast(call("_text", node), exp.DType.TIMESTAMP)


def _is_number(node: exp.Expr, context: Context) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.is_string
    if isinstance(node, exp.Cast):
        return node.to.this in exp.DataType.NUMERIC_TYPES
    if isinstance(node, exp.Column):
        return node.name.lower() in context.number_columns
    return isinstance(node, _NUMERIC_RESULTS)


def _is_time(node: exp.Expr, context: Context) -> bool:
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return node.to.this in exp.DataType.TEMPORAL_TYPES
    if isinstance(node, exp.Column):
        return node.name.lower() in context.time_columns
    return isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.DateAdd)


def _compare(node: exp.Expr, context: Context) -> exp.Expr | None:
    """A variant beside a number is read as a number, beside a time as a time."""
    for side, other in (_SIDES, _SIDES[::-1]):
        value, beside = node.args[side], node.args[other]
        if context.is_variant(value):
            if _is_number(beside, context):
                node.set(side, _as_number(value))
            elif _is_time(beside, context):
                node.set(side, _as_time(value))
            elif context.is_variant(beside):
                # 1 and 1.0 are one number, in whatever way each was written.
                node.set(side, call("_plain", value))
                node.set(other, call("_plain", beside))
                break
    return node


def _between(node: exp.Expr, context: Context) -> exp.Expr | None:
    low = node.args["low"]
    if context.is_variant(node.this):
        if _is_number(low, context):
            node.set("this", _as_number(node.this))
        elif _is_time(low, context):
            node.set("this", _as_time(node.this))
    return node


def _in(node: exp.Expr, context: Context) -> exp.Expr | None:
    if context.is_variant(node.this) and any(_is_number(value, context) for value in node.expressions):
        node.set("this", _as_number(node.this))
    return node


def _calculate(node: exp.Expr, context: Context) -> exp.Expr | None:
    """Arithmetic on a variant is arithmetic on a number, unless an interval is added to a time."""
    sides = [side for side in _SIDES if node.args.get(side) is not None]
    with_interval = any(isinstance(node.args[side], exp.Interval) for side in sides)
    for side in sides:
        if context.is_variant(node.args[side]):
            node.set(side, (_as_time if with_interval else _as_number)(node.args[side]))
    return node


def _function(node: exp.Expr, context: Context) -> exp.Expr | None:
    """Sums, averages, rounding: over a variant, over numbers."""
    if isinstance(node.this, exp.Expr) and context.is_variant(node.this):
        node.set("this", _as_number(node.this))
    return node


RULES: Rules = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _compare),
    **dict.fromkeys(_ARITHMETIC, _calculate),
    **dict.fromkeys(
        (exp.Sum, exp.Avg, exp.Median, exp.Stddev, exp.Round, exp.Abs, exp.Floor, exp.Ceil, exp.Sqrt), _function
    ),
    exp.Between: _between,
    exp.In: _in,
}

"""Times: "now" is the sandbox's clock, and every timestamp is in UTC without a zone."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.clock import lake_time
from panther_sandbox.lake.snowflake.context import Context, Rules, call


def _now(_node: exp.Expr, context: Context) -> exp.Expr | None:
    return exp.cast(exp.Literal.string(lake_time(context.now)), exp.DType.TIMESTAMP)


def _today(node: exp.Expr, context: Context) -> exp.Expr | None:
    moment = _now(node, context)
    return exp.cast(moment, exp.DType.DATE) if moment else None


def _variant_as_time(node: exp.Expr, context: Context) -> exp.Expr | None:
    """A time function over a path reads the path as a timestamp."""
    if context.is_variant(node.this):
        node.set("this", exp.cast(call("_text", node.this), exp.DType.TIMESTAMP))
    return node


def to_timestamp(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """TO_TIMESTAMP and its kin over anything but a constant: a text, a time, or a count since 1970."""
    name = "_try_to_timestamp" if node.name.upper().startswith("TRY_") else "_to_timestamp"
    return call(name, node.expressions[0])


RULES: Rules = {
    exp.CurrentTimestamp: _now,
    exp.CurrentDatetime: _now,
    exp.Localtimestamp: _now,
    exp.CurrentDate: _today,
    exp.TimestampTrunc: _variant_as_time,
    exp.DateTrunc: _variant_as_time,
}

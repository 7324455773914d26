"""Sorting values in variants: DuckDB puts all whole numbers before all others, Snowflake sorts numbers by value."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake.context import Context, Rules, call


def _ordered(node: exp.Expr, context: Context) -> exp.Expr | None:
    """ORDER BY a path; the outputs of a set operation or of DISTINCT can be sorted as they are only."""
    if not isinstance(node.this, exp.Expr):
        return None
    if isinstance(node.this, exp.Column) and node.this.name.upper() == "ALL" and not node.this.table:
        node.set("this", exp.Var(this="ALL"))
        return node
    query = node.find_ancestor(exp.Query)
    if context.is_variant(node.this) and isinstance(query, exp.Select) and not query.args.get("distinct"):
        node.set("this", call("_sortable", node.this))
    return node


def _extreme(node: exp.Expr, context: Context) -> exp.Expr | None:
    """MIN and MAX of a path."""
    if not context.is_variant(node.this) or isinstance(node.this, exp.Distinct):
        return None
    name = "arg_max" if isinstance(node, exp.Max) else "arg_min"
    return call(name, node.this, call("_sortable", node.this.copy()))


RULES: Rules = {exp.Ordered: _ordered, exp.Max: _extreme, exp.Min: _extreme}

"""Array functions: in Snowflake an array is a VARIANT, in DuckDB a list."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake.context import Context, Rules, argument, call, to_variant, without_variant_cast


def _list(node: exp.Expr) -> exp.Expr:
    """Read a VARIANT, or a list, as a list of VARIANT; anything that is no array is NULL."""
    return call("_list", node)


def is_indicators(node: exp.Expr) -> bool:
    """Tell whether a node is a column of indicators, which is a list of texts."""
    return isinstance(node, exp.Column) and node.name.lower().startswith("p_any_")


def _contains(node: exp.Expr, _context: Context) -> exp.Expr | None:
    array, value = node.this, without_variant_cast(node.expression)
    if is_indicators(array):
        return call("list_contains", array, exp.cast(value, exp.DType.TEXT))
    return call("list_contains", _list(array), exp.cast(value, exp.DType.VARIANT))


def _overlaps(node: exp.Expr, _context: Context) -> exp.Expr | None:
    sides = (node.this, node.expression)
    if any(is_indicators(side) for side in sides):
        # As texts: to make a VARIANT of every indicator takes a hundred times as long.
        texts = exp.DataType.build("TEXT[]", dialect="duckdb")
        return call("list_has_any", *(side if is_indicators(side) else exp.cast(_list(side), texts) for side in sides))
    return call("list_has_any", *(_list(side) for side in sides))


def _size(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("len", _list(node.this))


def _to_string(node: exp.Expr, _context: Context) -> exp.Expr | None:
    texts = exp.cast(_list(node.this), exp.DataType.build("TEXT[]", dialect="duckdb"))
    return call("array_to_string", texts, node.expression)


def _literal(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """ARRAY_CONSTRUCT: elements of any type, so each becomes a VARIANT."""
    node.set("expressions", [to_variant(element) for element in node.expressions])
    return node


def _intersection(node: exp.Expr, _context: Context) -> exp.Expr | None:
    both = list(node.expressions)
    return call("list_intersect", *(_list(array) for array in both))


def _except(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_list_except", node.this, node.expression)


def _distinct(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("list_distinct", _list(node.this))


def _compact(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_list_compact", node.this)


def _concat(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("list_concat", _list(node.this), *(_list(array) for array in node.expressions))


def _position(node: exp.Expr, _context: Context) -> exp.Expr | None:
    value = exp.cast(without_variant_cast(node.expression), exp.DType.VARIANT)
    return call("_list_position", value, node.this)


def _slice(node: exp.Expr, _context: Context) -> exp.Expr | None:
    start, end = argument(node, "start"), argument(node, "end")
    if start is None or end is None:
        return None
    return call("list_slice", _list(node.this), exp.Add(this=start, expression=exp.Literal.number(1)), end)


def _flattened(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """ARRAY_FLATTEN: one level."""
    return call("_list_flatten", node.this)


def _sorted(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_list_sort", node.this)


def _greatest(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_list_max" if isinstance(node, exp.ArrayMax) else "_list_min", node.this)


RULES: Rules = {
    exp.Flatten: _flattened,
    exp.ArraySort: _sorted,
    exp.ArrayMax: _greatest,
    exp.ArrayMin: _greatest,
    exp.ArrayContains: _contains,
    exp.ArrayOverlaps: _overlaps,
    exp.ArraySize: _size,
    exp.ArrayToString: _to_string,
    exp.Array: _literal,
    exp.ArrayIntersect: _intersection,
    exp.ArrayExcept: _except,
    exp.ArrayDistinct: _distinct,
    exp.ArrayCompact: _compact,
    exp.ArrayConcat: _concat,
    exp.ArrayPosition: _position,
    exp.ArraySlice: _slice,
}

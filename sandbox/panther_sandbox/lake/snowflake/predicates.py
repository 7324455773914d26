"""IS_INTEGER and its kin: what kind of value a VARIANT holds, JSON's null among them."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake.context import Context, Rules, argument, call

_NUMBERS = ("INTEGER", "DECIMAL")
# Function -> the kinds (see `_type_name`) that it is true for.
_KINDS: dict[str, tuple[str, ...]] = {
    "IS_ARRAY": ("ARRAY",),
    "IS_BINARY": ("BLOB",),
    "IS_BOOLEAN": ("BOOLEAN",),
    "IS_CHAR": ("VARCHAR",),
    "IS_DATE": ("DATE",),
    "IS_DATE_VALUE": ("DATE",),
    "IS_DECIMAL": _NUMBERS,
    "IS_DOUBLE": _NUMBERS,
    "IS_INTEGER": ("INTEGER",),
    "IS_OBJECT": ("OBJECT",),
    "IS_REAL": _NUMBERS,
    "IS_TIME": ("TIME_MICROS",),
    "IS_TIMESTAMP_NTZ": ("TIMESTAMP_MICROS",),
    "IS_VARCHAR": ("VARCHAR",),
}


def is_kind(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """Rewrite IS_<KIND>(x)."""
    name = node.name.upper() if isinstance(node, exp.Anonymous) else "IS_ARRAY"
    value = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    kinds = exp.Array(expressions=[exp.Literal.string(kind) for kind in _KINDS[name]])
    return call("_is_kind", value, kinds)


def _is_null_value(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """IS_NULL_VALUE(x): DuckDB's VARIANT makes JSON's null a NULL, so what is asked is whether there is something."""
    value = node.this.unnest()
    if isinstance(value, exp.Anonymous) and value.name == "variant_extract":
        base, key = value.expressions
        inside = "_null_under" if isinstance(key, exp.Literal) and key.is_string else "_null_at"
        return call(inside, base, key)
    if isinstance(value, exp.Cast) and isinstance(value.this, exp.Anonymous):
        return call("_is_json_null", value.this.expressions[0])
    if isinstance(value, exp.Column) and value.name.lower() == "value":
        # An element that FLATTEN gave is there: when it is NULL, it is JSON's null.
        return exp.Is(this=value, expression=exp.null())
    return exp.case().when(exp.Is(this=value, expression=exp.null()), exp.null()).else_(exp.false())


def _strip_null(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return argument(node, "this")


NAMES = frozenset(_KINDS)
RULES: Rules = {exp.IsArray: is_kind, exp.IsNullValue: _is_null_value, exp.StripNullValue: _strip_null}

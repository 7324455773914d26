"""Semi-structured values: paths, casts of them, JSON in and out."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake.context import Context, Rules, argument, call, to_variant


def _extract(base: exp.Expr, key: exp.Expr) -> exp.Expr:
    """Step into a value; Snowflake counts array elements from 0, DuckDB from 1."""
    if isinstance(key, exp.Literal) and not key.is_string:
        key = exp.Literal.number(int(key.name) + 1)
    elif not isinstance(key, exp.Literal):
        key = exp.cast(key, exp.DType.TEXT)
    return call("variant_extract", to_variant(base), key)


def _refuse_text(base: exp.Expr, context: Context) -> None:
    if isinstance(base, exp.Column) and base.name.lower() in context.text_columns:
        raise QueryRejectedError(
            "SQL compilation error:\nInvalid argument types for function 'GET': "
            f"(VARCHAR, VARCHAR): {base.name.upper()} is not a VARIANT"
        )


def _path(node: exp.Expr, context: Context) -> exp.Expr | None:
    """`a:b.c[0]`."""
    path = node.expression
    if not isinstance(path, exp.JSONPath):
        return _extract(node.this, path)
    _refuse_text(node.this, context)
    value: exp.Expr = node.this
    for step in path.expressions:
        if isinstance(step, exp.JSONPathKey):
            value = _extract(value, exp.Literal.string(step.this))
        elif isinstance(step, exp.JSONPathSubscript):
            key = step.this
            value = _extract(value, exp.Literal.number(key) if isinstance(key, int) else exp.Literal.string(key))
    return value


def _get(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """`GET(a, 'b')`."""
    return _extract(node.this, node.expression)


def _bracket(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """`a['b']`, `a[0]`."""
    return _extract(node.this, node.expressions[0])


def _dot(node: exp.Expr, context: Context) -> exp.Expr | None:
    """`a[0].b`: a step after a bracket."""
    if context.is_variant(node.this) and isinstance(node.expression, exp.Identifier):
        return _extract(node.this, exp.Literal.string(node.expression.name))
    return None


def _parse_json(node: exp.Expr, _context: Context) -> exp.Expr | None:
    name = "_try_parse_json" if node.args.get("safe") else "_parse_json"
    return exp.cast(call(name, exp.cast(node.this, exp.DType.TEXT)), exp.DType.VARIANT)


def _variant_cast(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return exp.cast(node.this, exp.DType.VARIANT)


def _cast(node: exp.Expr, context: Context) -> exp.Expr | None:
    """Casts to text keep Snowflake's writing; OBJECT, ARRAY and VARIANT are all one type here."""
    if not isinstance(node, exp.Cast):
        return None
    target = node.to
    if target.this in exp.DataType.TEXT_TYPES:
        return node if isinstance(node.this, exp.Literal) else call("_text", node.this)
    if target.this in (exp.DType.OBJECT, exp.DType.ARRAY, exp.DType.VARIANT) and not target.expressions:
        return exp.cast(node.this, exp.DType.VARIANT)
    if target.this in (exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ):
        # With a zone in the text, the moment counts: it is turned to UTC, which every timestamp here is in.
        moment = exp.cast(call("_text", node.this), exp.DType.TIMESTAMPTZ)
        return exp.AtTimeZone(this=moment, zone=exp.Literal.string("UTC"))
    if context.is_variant(node.this) and target.this not in (exp.DType.BOOLEAN,):
        # A VARIANT that holds text must be read as text first: '42'::NUMBER works in Snowflake.
        node.set("this", call("_text", node.this))
    return node


def _to_char(node: exp.Expr, _context: Context) -> exp.Expr | None:
    pattern = argument(node, "format")
    if pattern is None:
        return call("_text", node.this)
    if not isinstance(pattern, exp.Literal):
        raise QueryRejectedError("SQL compilation error:\nthe format of TO_VARCHAR must be a constant")
    if any(character in pattern.name for character in "09"):
        raise QueryRejectedError("TO_VARCHAR with a format for numbers is not available in this sandbox yet")
    return call("strftime", node.this, exp.Literal.string(_strftime(pattern.name)))


def _typeof(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_type_name", node.this)


def _to_json(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return exp.cast(exp.cast(to_variant(node.this), exp.DType.JSON), exp.DType.TEXT)


def _parse_ip(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return call("_parse_ip", exp.cast(node.this, exp.DType.TEXT))


def as_type(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """AS_VARCHAR(v) and its kin: the value when it has the type, else NULL."""
    name = node.name.upper()
    kinds = {
        "VARCHAR": "VARCHAR",
        "CHAR": "VARCHAR",
        "BOOLEAN": "BOOLEAN",
        "INTEGER": "INTEGER",
        "NUMBER": "INTEGER",
        "DOUBLE": "DECIMAL",
        "REAL": "DECIMAL",
        "ARRAY": "ARRAY",
        "OBJECT": "OBJECT",
    }
    value = node.expressions[0]
    kind = exp.Literal.string(kinds[name.removeprefix("AS_")])
    test = exp.EQ(this=call("_type_name", value.copy()), expression=kind)
    result = call("_text", value) if kind.name == "VARCHAR" else value
    return exp.case().when(test, result)


_FORMATS = (
    ("YYYY", "%Y"),
    ("YY", "%y"),
    ("MMMM", "%B"),
    ("MON", "%b"),
    ("MM", "%m"),
    ("DD", "%d"),
    ("DY", "%a"),
    ("HH24", "%H"),
    ("HH12", "%I"),
    ("HH", "%H"),
    ("MI", "%M"),
    ("SS", "%S"),
    ("FF3", "%g"),
    ("FF", "%f"),
    ("AM", "%p"),
    ("PM", "%p"),
)


def _strftime(pattern: str) -> str:
    """Turn Snowflake's date format into strftime's; text in double quotes is copied."""
    result = ""
    position = 0
    quoted = False
    while position < len(pattern):
        rest = pattern[position:].upper()
        known = None if quoted else next((pair for pair in _FORMATS if rest.startswith(pair[0])), None)
        if known:
            result += known[1]
            position += len(known[0])
            continue
        character = pattern[position]
        quoted ^= character == '"'
        result += "" if character == '"' else character.replace("%", "%%")
        position += 1
    return result


RULES: Rules = {
    exp.JSONExtract: _path,
    exp.GetExtract: _get,
    exp.Bracket: _bracket,
    exp.Dot: _dot,
    exp.ParseJSON: _parse_json,
    exp.ToVariant: _variant_cast,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.ToChar: _to_char,
    exp.Typeof: _typeof,
    exp.JSONFormat: _to_json,
    exp.ParseIp: _parse_ip,
}

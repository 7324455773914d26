"""Functions that DuckDB lacks or whose arguments it takes differently."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake import objects, predicates
from panther_sandbox.lake.snowflake.context import Context, Rule, Rules, argument, call
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
_CURRENT: dict[type[exp.Expr], str] = {
    exp.CurrentRole: "PANTHER_READONLY",
    exp.CurrentSchema: "PUBLIC",
    exp.CurrentUser: "PANTHER_READONLY",
    exp.CurrentWarehouse: "PANTHER_READONLY_WH",
}


def _macro(name: str) -> Rule:
    """Make the rule for a function that is a macro of ours with the same arguments."""
    return lambda node, _context: call(name, *node.expressions)


def _cast_variant(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return exp.cast(node.expressions[0], exp.DType.VARIANT)


# Functions of Snowflake that the parser has no class for, with the rule for each.
_BY_NAME = {
    **dict.fromkeys(_TIMESTAMPS, to_timestamp),
    **dict.fromkeys((f"TRY_{name}" for name in _TIMESTAMPS), to_timestamp),
    **dict.fromkeys(_AS_TYPES, as_type),
    **dict.fromkeys(predicates.NAMES, predicates.is_kind),
    "HAVERSINE": _macro("_haversine"),
    "OBJECT_DELETE": objects.delete,
    "OBJECT_PICK": objects.pick,
    "TO_OBJECT": _cast_variant,
}
# Those that DuckDB has under the same name, or that another rule knows; every other name is unknown.
KNOWN_NAMES = frozenset({*_BY_NAME, "CONDITIONAL_TRUE_EVENT", "HASH", "RATIO_TO_REPORT"})


def _ratio(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """RATIO_TO_REPORT(x) OVER (...): the value's share of the total."""
    function = node.this
    if not isinstance(function, exp.Anonymous) or function.name.upper() != "RATIO_TO_REPORT":
        return None
    value = function.expressions[0]
    total = node.copy()
    total.set("this", exp.Sum(this=value.copy()))
    return exp.Div(this=exp.cast(value.copy(), exp.DType.DOUBLE), expression=total)


def _window(node: exp.Expr, context: Context) -> exp.Expr | None:
    function = node.this
    if isinstance(function, exp.Anonymous) and function.name.upper() == "CONDITIONAL_TRUE_EVENT":
        hit = exp.case().when(function.expressions[0].copy(), exp.Literal.number(1)).else_(exp.Literal.number(0))
        node.set("this", exp.Sum(this=hit))
        return node
    return _ratio(node, context)


def _current(node: exp.Expr, context: Context) -> exp.Expr | None:
    """CURRENT_DATABASE and its kin: Panther's read-only user, not DuckDB's."""
    if isinstance(node, exp.CurrentDatabase):
        return exp.Literal.string(context.database.upper())
    if isinstance(node, exp.CurrentVersion):
        raise QueryRejectedError("function CURRENT_VERSION is not available in this sandbox yet")
    return exp.Literal.string(_CURRENT[type(node)])


def _sample(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """SAMPLE (n ROWS): DuckDB knows one method for it only."""
    if node.args.get("size") is not None:
        node.set("method", None)
    return node


def _values(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """VALUES without names: column1, column2, ..."""
    alias = node.args.get("alias")
    holder = node.parent if isinstance(node.parent, exp.Subquery) else node
    alias = holder.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        return None
    first = node.expressions[0]
    names = [exp.to_identifier(f"column{n}") for n in range(1, len(getattr(first, "expressions", [])) + 1)]
    table = alias.this if isinstance(alias, exp.TableAlias) and alias.this else exp.to_identifier("sandbox_values")
    holder.set("alias", exp.TableAlias(this=table.copy(), columns=names))
    return node


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


def _of_parts(macro: str, *names: str) -> Rule:
    """Make the rule for a function that the parser knows and that is a macro of ours."""
    return lambda node, _context: call(macro, *(node.args[name] for name in names))


RULES: Rules = {
    exp.Anonymous: _named,
    exp.Window: _window,
    exp.RegexpExtract: _regexp_substr,
    exp.WidthBucket: _of_parts("_width_bucket", "this", "min_value", "max_value", "num_buckets"),
    exp.ParseUrl: _of_parts("_parse_url", "this"),
    exp.TryBase64DecodeString: _of_parts("_try_base64", "this"),
    exp.ToArray: _of_parts("_to_list", "this"),
    exp.TableSample: _sample,
    exp.Values: _values,
    exp.CurrentDatabase: _current,
    exp.CurrentRole: _current,
    exp.CurrentSchema: _current,
    exp.CurrentUser: _current,
    exp.CurrentVersion: _current,
    exp.CurrentWarehouse: _current,
}

"""Objects: made of pairs, of rows and of groups, and changed key by key."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake.context import Context, Rules, call, to_variant


def _json(node: exp.Expr) -> exp.Expr:
    return exp.cast(to_variant(node), exp.DType.JSON)


def _as_variant(node: exp.Expr) -> exp.Expr:
    return exp.cast(node, exp.DType.VARIANT)


def _without_nulls(node: exp.Expr) -> exp.Expr:
    """Merge into an empty object, which drops the nulls, as OBJECT_CONSTRUCT does."""
    return _as_variant(call("json_merge_patch", exp.cast(exp.Literal.string("{}"), exp.DType.JSON), node))


def _construct(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_CONSTRUCT('key', value, ...)."""
    arguments: list[exp.Expr] = []
    for pair in node.expressions:
        if not isinstance(pair, exp.PropertyEQ):
            return None
        key = pair.this
        arguments.append(exp.Literal.string(key.name) if isinstance(key, exp.Identifier) else key)
        arguments.append(pair.expression)
    return _without_nulls(call("json_object", *arguments))


def _keep_null(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_CONSTRUCT_KEEP_NULL('key', value, ...)."""
    arguments: list[exp.Expr] = []
    for pair in node.expressions:
        if not isinstance(pair, exp.JSONKeyValue):
            return None
        arguments += [pair.this, pair.expression]
    return _as_variant(call("json_object", *arguments))


def _of_row(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_CONSTRUCT(*): every column of every source, by its name in capitals."""
    select = node.find_ancestor(exp.Select)
    source = select.args.get("from_") if select else None
    if select is None or not isinstance(source, exp.From):
        raise QueryRejectedError("SQL compilation error:\nOBJECT_CONSTRUCT(*) needs a FROM")
    joins: list[exp.Join] = select.args.get("joins") or []
    rows: list[exp.Expr] = []
    for number, table in enumerate((source.this, *(join.this for join in joins))):
        if not table.alias_or_name:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(f"sandbox_row_{number}")))
        rows.append(call("_object_of", exp.column(table.alias_or_name, quoted=True)))
    return rows[0] if len(rows) == 1 else _as_variant(call("json_merge_patch", *(_json(row) for row in rows)))


def _aggregate(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return _as_variant(call("json_group_object", node.this, node.expression))


def _keys(node: exp.Expr, _context: Context) -> exp.Expr | None:
    return _as_variant(call("json_keys", _json(node.this)))


def _insert(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_INSERT(object, key, value); whether a key may be there already is not checked."""
    added = call("json_object", node.args["key"], node.args["value"])
    return _as_variant(call("json_merge_patch", _json(node.this), added))


def delete(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_DELETE(object, key, ...)."""
    source, *keys = node.expressions
    return call("_object_delete", source, exp.Array(expressions=keys))


def pick(node: exp.Expr, _context: Context) -> exp.Expr | None:
    """OBJECT_PICK(object, key, ...)."""
    source, *keys = node.expressions
    return call("_object_pick", source, exp.Array(expressions=keys))


RULES: Rules = {
    exp.Struct: _construct,
    exp.JSONObject: _keep_null,
    exp.StarMap: _of_row,
    exp.ObjectAgg: _aggregate,
    exp.JSONKeys: _keys,
    exp.ObjectInsert: _insert,
}

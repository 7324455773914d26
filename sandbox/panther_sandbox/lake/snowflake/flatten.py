"""FLATTEN and SPLIT_TO_TABLE in all their spellings: `, LATERAL f(...)`, `, TABLE(f(...))`, joined, on their own."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake.arrays import is_indicators
from panther_sandbox.lake.snowflake.context import Context, Rules, call, to_variant

_OUTER = "sandbox_outer"


def _flatten(node: exp.Expr, _context: Context) -> exp.Expr | None:
    explode = node.this
    if isinstance(explode, exp.Subquery | exp.Generator):
        return None
    if isinstance(explode, exp.SplitToTable):
        return _table_call(node, call("_split", explode.this, explode.expression))
    if isinstance(explode, exp.StrtokSplitToTable):
        separators = explode.args.get("delimiter") or explode.args.get("expression") or exp.Literal.string(" ")
        return _table_call(node, call("_strtok_split", explode.this, separators))
    if not isinstance(explode, exp.Explode):
        name = explode.sql_name() if isinstance(explode, exp.Func) else explode.key
        raise QueryRejectedError(f"the table function {name.upper()} is not available in this sandbox yet")
    arguments = _arguments(explode)
    mode = arguments.get("mode")
    if mode is not None and mode.name.upper() != "BOTH":
        raise QueryRejectedError("FLATTEN with a MODE other than BOTH is not available in this sandbox yet")
    source = arguments["input"]
    path = arguments.get("path")
    if path is not None:
        source = call("variant_extract", to_variant(source), path)
    macro = "_flatten_recursive" if _is_true(arguments.get("recursive")) else "_flatten"
    if is_indicators(source):
        macro = "_flatten_texts"
    lateral = _table_call(node, call(macro, source.copy()))
    lateral.meta[_OUTER] = _is_true(arguments.get("outer"))
    return lateral


def _table_call(node: exp.Expr, macro: exp.Expr) -> exp.Lateral:
    """Select from a table macro of ours, under the name that the query gives to it."""
    alias = node.args.get("alias")
    named = alias if isinstance(alias, exp.TableAlias) and alias.this else None
    name = named.copy() if named else exp.TableAlias(this=exp.to_identifier("flattened"))
    return exp.Lateral(this=exp.Subquery(this=exp.select("*").from_(macro)), alias=name)


def _arguments(explode: exp.Explode) -> dict[str, exp.Expr]:
    found: dict[str, exp.Expr] = {}
    for part in (explode.this, *explode.expressions):
        if isinstance(part, exp.Kwarg):
            found[part.this.name.lower()] = part.expression
        else:
            found.setdefault("input", part)
    if "input" not in found:
        raise QueryRejectedError("SQL compilation error:\nFLATTEN needs INPUT => <expression>")
    return found


def _is_true(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Boolean) and bool(node.this)


def join_laterals(statement: exp.Expr) -> None:
    """Say how each flattened value joins: an outer one keeps rows that have nothing to flatten."""
    for join in statement.find_all(exp.Join):
        lateral = join.this
        if not isinstance(lateral, exp.Lateral):
            continue
        if lateral.meta.get(_OUTER) or join.side == "LEFT":
            join.set("side", "LEFT")
            join.set("kind", None)
            join.set("on", join.args.get("on") or exp.true())
        elif join.args.get("on") is None:
            join.set("kind", "CROSS")


RULES: Rules = {exp.Lateral: _flatten, exp.TableFromRows: _flatten}

"""FLATTEN in all its spellings: `, LATERAL FLATTEN(...)`, `, TABLE(FLATTEN(...))`, joined, outer, on its own."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.snowflake.context import Context, Rules, call, to_variant

_OUTER = "sandbox_outer"


def _flatten(node: exp.Expr, _context: Context) -> exp.Expr | None:
    explode = node.this
    if isinstance(explode, exp.Subquery | exp.Generator):
        return None
    if not isinstance(explode, exp.Explode):
        name = explode.sql_name() if isinstance(explode, exp.Func) else explode.key
        raise QueryRejectedError(f"the table function {name.upper()} is not available in this sandbox yet")
    arguments = _arguments(explode)
    if _is_true(arguments.get("recursive")):
        raise QueryRejectedError("FLATTEN(RECURSIVE => TRUE) is not available in this sandbox yet")
    source = arguments["input"]
    path = arguments.get("path")
    if path is not None:
        source = call("variant_extract", to_variant(source), path)
    alias = node.args.get("alias")
    name = alias.this.name if isinstance(alias, exp.TableAlias) and alias.this else "flattened"
    columns = exp.select("*").from_(call("_flatten", source.copy()))
    lateral = exp.Lateral(this=exp.Subquery(this=columns), alias=exp.TableAlias(this=exp.to_identifier(name)))
    lateral.meta[_OUTER] = _is_true(arguments.get("outer"))
    return lateral


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

"""What a query passes on to the one around it: its columns, their constants, and the time of unbounded tables."""

from dataclasses import replace

from sqlglot import exp

from panther_mcp.sql_guard.scopes import Bound, Need, Result, Scope, Source, folded


def unmet(source: Source, bounds: frozenset[Bound], scope: Scope) -> list[Need]:
    """Return what a source needs still where `bounds` hold, with the outputs that carry its time further."""
    own = {name for bound, name in bounds if bound is source}
    found: list[Need] = []
    for need in source.result.needs:
        carried = source.times if source.node is not None else need.passed
        if not own & carried:
            found.append(replace(need, passed=_passed(source, carried, scope)))
    return found


def _passed(source: Source, names: frozenset[str], scope: Scope) -> frozenset[str]:
    """Return the outputs that are one of the columns `names` of `source`, if a filter on them is one on it."""
    select = scope.select
    if not names or scope.opaque or cut(select) or any(select.args.get(one) for one in ("group", "qualify")):
        return frozenset()
    found: set[str] = set()
    others: set[str] = set()
    for shown in select.expressions:
        if shown.find(exp.Window, exp.AggFunc):
            return frozenset()
        column = shown.this if isinstance(shown, exp.Alias) else shown
        star = column.this if isinstance(column, exp.Column) else column
        if isinstance(star, exp.Star):
            of = scope.source(column) if isinstance(column, exp.Column) else source
            if of is source and not any(star.args.values()):
                found |= names
        elif isinstance(column, exp.Column) and scope.time(column) in {(source, name) for name in names}:
            found.add(folded(shown.args["alias"]) if isinstance(shown, exp.Alias) else folded(column.this))
        elif isinstance(shown, exp.Alias):
            others.add(folded(shown.args["alias"]))
    return frozenset(found - others)


def cut(query: exp.Expr) -> bool:
    """Tell whether only some rows of a query are kept: a filter around it does not reach what is inside."""
    return any(query.args.get(name) for name in ("limit", "offset", "fetch", "pivots", "sample"))


def opaque(result: Result) -> Result:
    """Return `result` where no filter around it reaches what is inside."""
    return replace(result, needs=tuple(replace(need, passed=frozenset()) for need in result.needs))


def renamed(result: Result, alias: object) -> Result:
    """Return what a query gives whose columns the alias may name anew: `AS x (a, b)`."""
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if not columns:
        return result
    names = tuple(folded(column) for column in columns)
    meant = None
    if result.constants is not None:
        meant = dict(zip(names, result.constants.values(), strict=False))
    return replace(opaque(result), outputs=names, constants=meant)


def united(node: exp.SetOperation, left: Result, right: Result) -> Result:
    """Return what two branches give together: columns go by their place, and have the names of the left ones."""
    if not isinstance(node, exp.Union) or cut(node):
        left, right = opaque(left), opaque(right)
    if not node.args.get("by_name"):
        moved: list[Need] = []
        for need in right.needs:
            carried = frozenset[str]()
            if left.outputs is not None and right.outputs is not None:
                pairs = zip(left.outputs, right.outputs, strict=False)
                carried = frozenset(ours for ours, theirs in pairs if theirs in need.passed)
            moved.append(replace(need, passed=carried))
        right = replace(right, needs=tuple(moved))
    both = left.constants if right.constants is not None else None
    return Result((*left.needs, *right.needs), left.outputs, both)


def values(node: exp.Values) -> Result:
    """Return what VALUES gives; the columns are called COLUMN1, COLUMN2, ... where no alias names them."""
    first = node.expressions[0] if node.expressions else None
    cells = first.expressions if isinstance(first, exp.Tuple) else []
    names = tuple(f"COLUMN{number}" for number in range(1, len(cells) + 1))
    plain = not node.find(exp.Column, exp.Query)
    found = Result(outputs=names, constants=dict(zip(names, cells, strict=True)) if plain else None)
    return renamed(found, node.args.get("alias"))


def outputs(scope: Scope) -> tuple[str, ...] | None:
    """Return the names of a SELECT's columns, empty for one without; None where a star stands for them."""
    names: list[str] = []
    for shown in scope.select.expressions:
        if isinstance(shown, exp.Alias):
            names.append(folded(shown.args["alias"]))
        elif isinstance(shown, exp.Column) and isinstance(shown.this, exp.Identifier):
            names.append(folded(shown.this))
        elif isinstance(shown, exp.Star) or (isinstance(shown, exp.Column) and isinstance(shown.this, exp.Star)):
            return None
        else:
            # Snowflake makes a name of the expression's text, which nobody reads by it.
            names.append("")
    return tuple(names)


def constants(scope: Scope) -> dict[str, exp.Expr] | None:
    """Return the outputs of a SELECT that reads no table, by their names; None where it reads any."""
    if any(source.result.constants is None for source in scope.sources):
        return None
    found: dict[str, exp.Expr] = {}
    for shown in scope.select.expressions:
        if not scope.is_constant(shown):
            return None
        inner = shown.this if isinstance(shown, exp.Alias) else shown
        meant = scope.constant(inner) if isinstance(inner, exp.Column) else None
        found[folded(shown.args["alias"]) if isinstance(shown, exp.Alias) else shown.name.upper()] = meant or inner
    return found


def times_of(result: Result) -> frozenset[str]:
    """Return the outputs that carry the time of an unbounded table."""
    return frozenset[str]().union(*(need.passed for need in result.needs))

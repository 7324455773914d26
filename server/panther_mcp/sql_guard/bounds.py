"""Which time columns a condition bounds from below, whenever it holds."""

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from panther_mcp.sql_guard.macros import Macro
from panther_mcp.sql_guard.moments import LONGEST_SECONDS, followed, reaches_too_far
from panther_mcp.sql_guard.scopes import Bound, Scope

_NOTHING: frozenset[Bound] = frozenset()
_ABOVE = (exp.GT, exp.GTE)
_BELOW = (exp.LT, exp.LTE)
_YEAR_FIRST = re.compile(r"\d{4}")
# The macros that bound from below when they hold; p_occurs_before does when it does not.
_LOWER_MACROS = ("p_occurs_since", "p_occurs_between", "p_occurs_around", "p_occurs_after")


def bounded_below(
    condition: exp.Expr, scope: Scope, macros: Mapping[str, Macro], *, holds: bool = True
) -> frozenset[Bound]:
    """Return the time columns that are bounded from below where `condition` holds (or, with `holds` false, fails).

    Of an OR both sides have to bound a column, of an AND one; what is within anything else does not count.
    """
    if isinstance(condition, exp.Paren):
        return bounded_below(condition.this, scope, macros, holds=holds)
    if isinstance(condition, exp.Not):
        return bounded_below(condition.this, scope, macros, holds=not holds)
    if isinstance(condition, exp.And | exp.Or):
        each = [bounded_below(one, scope, macros, holds=holds) for one in condition.flatten(unnest=False)]
        together = isinstance(condition, exp.And) == holds
        return _NOTHING.union(*each) if together else each[0].intersection(*each[1:])
    if isinstance(condition, exp.Anonymous):
        macro = macros.get(condition.this) if isinstance(condition.this, str) else None
        return _by_macro(macro, condition.expressions, scope, holds) if macro is not None else _NOTHING
    if isinstance(condition, exp.Between) and holds:
        low, high = condition.args["low"], condition.args["high"]
        return _compared(condition.this, low, scope, above=True) | _compared(condition.this, high, scope, above=False)
    if isinstance(condition, exp.In) and holds and not condition.args.get("query"):
        return _one_of(condition.this, condition.expressions, scope)
    if isinstance(condition, exp.EQ | exp.NullSafeEQ if holds else exp.NEQ | exp.NullSafeNEQ):
        left, right = condition.this, condition.expression
        return _one_of(left, [right], scope) | _one_of(right, [left], scope)
    if isinstance(condition, exp.Like) and holds and isinstance(condition.expression, exp.Literal):
        starts = _YEAR_FIRST.match(condition.expression.name)
        return _one_of(condition.this, [condition.expression], scope) if starts else _NOTHING
    if isinstance(condition, (*_ABOVE, *_BELOW)):
        above = isinstance(condition, _ABOVE) == holds
        left, right = condition.this, condition.expression
        return _compared(left, right, scope, above=above) | _compared(right, left, scope, above=not above)
    return _NOTHING


def _compared(expression: exp.Expr, other: exp.Expr, scope: Scope, *, above: bool) -> frozenset[Bound]:
    """Return what `expression >= other` bounds from below, or `expression <= other` where `above` is false."""
    found = followed(expression, scope)
    if found is None or (found[1] == 1) != above or not _is_value(other, scope):
        return _NOTHING
    return _NOTHING if reaches_too_far(expression, other, scope) else frozenset((found[0],))


def _one_of(expression: exp.Expr, values: Sequence[exp.Expr], scope: Scope) -> frozenset[Bound]:
    found = followed(expression, scope)
    if found is None or not values or not all(_is_value(value, scope) for value in values):
        return _NOTHING
    return frozenset((found[0],))


def _is_value(expression: exp.Expr, scope: Scope) -> bool:
    # ANY and ALL compare with many values.
    return not isinstance(expression, exp.Any | exp.All) and scope.is_constant(expression)


def _by_macro(macro: Macro, moments: list[exp.Expr], scope: Scope, holds: bool) -> frozenset[Bound]:
    lower = macro.name in _LOWER_MACROS if holds else macro.name == "p_occurs_before"
    if not lower or (macro.seconds is not None and macro.seconds > LONGEST_SECONDS):
        return _NOTHING
    # Of p_occurs_between, only the start bounds from below.
    if any(not scope.is_constant(moment) or reaches_too_far(moment, moment, scope) for moment in moments[:1]):
        return _NOTHING
    column = exp.column(_name(macro.column or "p_event_time"), table=_name(macro.alias) if macro.alias else None)
    found = scope.time(column)
    return _NOTHING if found is None else frozenset((found,))


def _name(written: str) -> exp.Identifier:
    if written.startswith('"'):
        return exp.to_identifier(written[1:-1].replace('""', '"'), quoted=True)
    return exp.to_identifier(written, quoted=False)

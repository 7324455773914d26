"""The walk over a query's tree: each node is offered to the rule for its type, leaves first."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.lake.snowflake import (
    arrays,
    flatten,
    functions,
    numbers,
    objects,
    predicates,
    sorting,
    times,
    variants,
)
from panther_sandbox.lake.snowflake.context import Context, Rules


def rules() -> Rules:
    """Return the rule for each type of node that means something else in DuckDB."""
    modules = (variants, objects, predicates, arrays, flatten, times, numbers, sorting, functions)
    return {kind: rule for module in modules for kind, rule in module.RULES.items()}


def rewrite(statement: exp.Query, context: Context) -> exp.Query:
    """Rewrite the tree in place and return it.

    Leaves come first, because a rule copies what it wraps: an outer node must find its parts already rewritten.
    """
    table = rules()
    for node in reversed(list(statement.bfs())):
        rule = table.get(type(node))
        replacement = rule(node, context) if rule else None
        if replacement is not None and replacement is not node and node is not statement:
            node.replace(replacement)
    flatten.join_laterals(statement)
    return statement

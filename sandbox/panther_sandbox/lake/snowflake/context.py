"""What the rewriting rules know about the query around a node, and the small tools they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlglot import exp

from panther_sandbox.lake.columns import Table

Rule = Callable[[exp.Expr, "Context"], "exp.Expr | None"]
Rules = dict[type[exp.Expr], Rule]

# Our own functions in DuckDB (see support.py) whose results are VARIANT.
VARIANT_CALLS = frozenset({"variant_extract", "_parse_json", "_parse_ip", "_parse_url", "_object_of", "_object_pick"})
# What gives one of the values that it is given.
_PICKS = frozenset({"arg_max", "arg_min"})
_PASSING = (
    *(exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.Coalesce, exp.FirstValue, exp.IgnoreNulls, exp.Lag, exp.LastValue),
    *(exp.Lead, exp.Max, exp.Min, exp.Nullif, exp.Window),
)
# What gives a VARIANT, before anything is rewritten.
_VARIANT_NODES = (exp.JSONExtract, exp.GetExtract, exp.ParseJSON, exp.ToVariant, exp.Struct, exp.StarMap)


@dataclass(frozen=True)
class Context:
    """The query's time, and the kinds of columns that its tables have."""

    now: datetime
    database: str
    variant_columns: frozenset[str]
    text_columns: frozenset[str]
    number_columns: frozenset[str]
    time_columns: frozenset[str]

    @classmethod
    def of(cls, statement: exp.Expr, now: datetime, database: str, tables: tuple[Table, ...]) -> Context:
        """Collect column kinds; a name that the query gives to something of its own has that thing's kind, if known."""
        aliases = {alias.alias.lower() for alias in statement.find_all(exp.Alias)}
        columns = [column for table in tables for column in table.columns if column.name.lower() not in aliases]

        def of_kind(*kinds: str) -> frozenset[str]:
            others = {column.name.lower() for column in columns if column.storage_type not in kinds}
            return frozenset(c.name.lower() for c in columns if c.storage_type in kinds) - others

        numbers = of_kind("BIGINT", "INTEGER", "DOUBLE")
        variants = of_kind("VARIANT") | _variant_aliases(statement)
        return cls(now, database, variants, of_kind("VARCHAR"), numbers, of_kind("TIMESTAMP"))

    def is_variant(self, node: exp.Expr) -> bool:
        """Tell whether a node is known to be a VARIANT."""
        node = node.unnest()
        if isinstance(node, exp.Anonymous):
            return node.name in VARIANT_CALLS or (node.name in _PICKS and self.is_variant(node.expressions[0]))
        if isinstance(node, _PASSING):
            return isinstance(node.this, exp.Expr) and self.is_variant(node.this)
        if isinstance(node, exp.If):
            return self.is_variant(node.args["true"])
        if isinstance(node, exp.Case):
            return self.is_variant(node.args["ifs"][0])
        if isinstance(node, exp.Cast):
            return node.to.is_type(exp.DType.VARIANT)
        if isinstance(node, exp.Column):
            name = node.name.lower()
            return name in self.variant_columns or name in ("value", "this")
        return False


def _variant_aliases(statement: exp.Expr) -> frozenset[str]:
    """Return the names that the query gives to values in variants, and to nothing else."""
    kinds: dict[str, bool] = {}
    for alias in statement.find_all(exp.Alias):
        name = alias.alias.lower()
        kinds[name] = isinstance(alias.this.unnest(), _VARIANT_NODES) and kinds.get(name, True)
    return frozenset(name for name, variant in kinds.items() if variant)


def call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    """Make a function call."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def to_variant(node: exp.Expr) -> exp.Expr:
    """Make a VARIANT of a node, unless it is one already."""
    if isinstance(node, exp.Anonymous) and node.name in VARIANT_CALLS:
        return node
    return exp.cast(node, exp.DType.VARIANT)


def without_variant_cast(node: exp.Expr) -> exp.Expr:
    """Return what `x::VARIANT` or TO_VARIANT(x) wraps; any other node as it is."""
    if isinstance(node, exp.Cast) and node.to.is_type(exp.DType.VARIANT):
        return cast("exp.Expr", node.this)
    return node


def argument(node: exp.Expr, name: str) -> exp.Expr | None:
    """Return a named part of a node when it is an expression."""
    value = node.args.get(name)
    return value if isinstance(value, exp.Expr) else None

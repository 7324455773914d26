"""What a SELECT reads from: its sources, what of them can be bounded in time, and what names in it mean."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlglot import exp

TIMES = frozenset(("P_EVENT_TIME", "P_PARSE_TIME"))
# Databases whose tables grow with time. The rest of Panther's are lookups and its own small records.
_GROWING = frozenset(
    f"PANTHER_{name}"
    for name in ("LOGS", "RULE_MATCHES", "RULE_ERRORS", "SIGNALS", "VIEWS", "CLOUDSECURITY", "STORED_DATA")
)
INFORMATION_SCHEMA = "INFORMATION_SCHEMA"


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table by its full name, in upper case as Snowflake keeps it."""

    database: str
    schema: str
    name: str

    @property
    def grows(self) -> bool:
        """Whether it holds logs, and has to be bounded in time."""
        return self.database in _GROWING and self.schema != INFORMATION_SCHEMA

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return f"{self.database}.{self.schema}.{self.name}".lower()


@dataclass(frozen=True, slots=True)
class Need:
    """A log table that its own SELECT leaves unbounded; `passed` are the outputs that carry its time further.

    A condition on one of those in every query that reads these outputs bounds it as well.
    """

    node: exp.Table
    table: LakeTable
    where: tuple[str, ...]
    passed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gives to the one around it.

    `outputs` are the names of its columns, None where they are not known. `constants` has what they are where no
    table is read, else None.
    """

    needs: tuple[Need, ...] = ()
    outputs: tuple[str, ...] | None = None
    constants: Mapping[str, exp.Expr] | None = None


@dataclass(eq=False, slots=True)
class Source:
    """One thing that a SELECT reads from. `times` are the columns of it that bound something when bounded."""

    name: str
    full_name: tuple[str, ...] = ()
    table: LakeTable | None = None
    node: exp.Table | None = None
    result: Result = field(default_factory=Result)
    times: frozenset[str] = frozenset()
    # Its columns have other names than those of the table.
    renamed: bool = False

    @property
    def outputs(self) -> frozenset[str] | None:
        """The names of its columns, or None."""
        return None if self.result.outputs is None else frozenset(self.result.outputs)


# A column that is bounded from below.
Bound = tuple[Source, str]


@dataclass(eq=False, slots=True)
class Scope:
    """One SELECT: its sources in order, and what is around it."""

    select: exp.Select
    parent: "Scope | None"
    sources: list[Source] = field(default_factory=list[Source])
    results: Mapping[int, Result] = field(default_factory=dict[int, Result])
    # Rows are put together in a way that is not looked into.
    opaque: bool = False

    def source(self, column: exp.Column) -> Source | None:
        """Return the source that a qualified column is of."""
        written = tuple(folded(part) for part in column.parts[:-1] if isinstance(part, exp.Identifier))
        found = [
            source
            for source in self.sources
            if (written == (source.name,)) or (len(written) > 1 and source.full_name[-len(written) :] == written)
        ]
        return found[0] if len(found) == 1 else None

    def time(self, column: exp.Column) -> Bound | None:
        """Return the time column that `column` is, or None."""
        if not isinstance(column.this, exp.Identifier):
            return None
        name = folded(column.this)
        if column.table:
            source = self.source(column)
            return (source, name) if source is not None and name in source.times else None
        return self.unqualified_time(name)

    def unqualified_time(self, name: str, among: Iterable[Source] | None = None) -> Bound | None:
        """Return the one source whose time column an unqualified `name` is."""
        found = [source for source in (self.sources if among is None else among) if name in source.times]
        return (found[0], name) if len(found) == 1 else None

    def constant(self, column: exp.Column) -> exp.Expr | None:
        """Return what `column` is where no table's rows decide it, or None."""
        if not isinstance(column.this, exp.Identifier):
            return None
        name = folded(column.this)
        source = self.source(column) if column.table else None
        among = self.sources if not column.table else [source] if source is not None else []
        found = [one.result.constants[name] for one in among if one.result.constants and name in one.result.constants]
        return found[0] if len(found) == 1 else None

    def is_constant(self, expression: exp.Expr) -> bool:
        """Tell whether no table's rows decide the value of `expression`."""
        for node in expression.walk(prune=lambda node: isinstance(node, exp.Query)):
            if isinstance(node, exp.Query):
                if self.results.get(id(node), Result()).constants is None:
                    return False
            elif isinstance(node, exp.Column):
                if self.constant(node) is None:
                    return False
            elif isinstance(node, exp.Parameter | exp.Star | exp.Window | exp.AggFunc | exp.Prior):
                return False
        return True


def folded(name: exp.Expr) -> str:
    """Return a name as Snowflake keeps it: in upper case unless it is quoted."""
    return name.name if isinstance(name, exp.Identifier) and name.quoted else name.name.upper()


def own_nodes(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield what stands in a SELECT itself; of the queries within it only their outermost nodes."""

    def nested(node: exp.Expr) -> bool:
        # A parenthesis around joined tables is a Subquery too.
        return (
            node is not select
            and isinstance(node, exp.Query)
            and not (isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table))
        )

    for name, value in select.args.items():
        if name == "with_":
            continue
        for child in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield from child.walk(prune=nested)

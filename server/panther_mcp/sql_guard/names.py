"""Tables and columns that the lake does not have, found before a query is sent, with the nearest that it has.

Whatever is not surely wrong passes: Snowflake says it better than a guess.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Protocol

from sqlglot import exp

from panther_mcp.errors import InvalidInput
from panther_mcp.sql_guard.reading import Read, place
from panther_mcp.sql_guard.rules import words
from panther_mcp.sql_guard.scopes import INFORMATION_SCHEMA, LakeTable, Scope, Source, folded, own_nodes

MOST_TABLES = 12
_SHOWN = 3
# Words that stand for themselves among the arguments of functions, or for what every row has.
_WORDS = words(
    """
    ALL CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DAY DAYOFWEEK DAYOFWEEKISO DAYOFYEAR EPOCH
    EPOCH_MICROSECOND EPOCH_MILLISECOND EPOCH_NANOSECOND EPOCH_SECOND HOUR LEVEL LOCALTIME LOCALTIMESTAMP
    MICROSECOND MILLISECOND MINUTE MONTH NANOSECOND QUARTER ROWNUM SECOND WEEK WEEKISO YEAR YEAROFWEEK
    """
)


class Lookup(Protocol):
    """What asks the lake for its tables and columns; None means that it could not be found out."""

    async def tables(self, database: str) -> Sequence[str] | None:
        """Return the names of all tables of `database.schema`."""
        ...

    async def columns(self, database: str, table: str) -> Sequence[str] | None:
        """Return the names of all columns of a table; None also where there is no such table."""
        ...


async def check_names(read: Read, scopes: Sequence[Scope], tables: Iterable[LakeTable], lookup: Lookup) -> None:
    """Raise `InvalidInput` for a table or a column that is surely not there."""
    wanted = [
        table
        for table in dict.fromkeys(tables)
        if table.database.startswith("PANTHER_") and table.schema != INFORMATION_SCHEMA
    ]
    if not wanted or len(wanted) > MOST_TABLES:
        return
    found = await asyncio.gather(*(_columns(table, lookup) for table in wanted))
    columns = {table: names for table, names in zip(wanted, found, strict=True) if names}
    for scope in scopes:
        for node in own_nodes(scope.select):
            if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
                _check_column(node, scope, columns, read)


async def _columns(table: LakeTable, lookup: Lookup) -> Sequence[str] | None:
    database = f"{table.database}.{table.schema}".lower()
    columns = await lookup.columns(database, table.name.lower())
    if columns is not None:
        return columns
    tables = await lookup.tables(database)
    if tables and table.name.upper() not in {name.upper() for name in tables}:
        raise InvalidInput(
            f"{database} has no table {table.name.lower()[:100]}.{_meant(table.name, tables)}",
            hint="list_database_tables lists the tables of a database.",
        )
    return None


def _check_column(column: exp.Column, scope: Scope, columns: Mapping[LakeTable, Sequence[str]], read: Read) -> None:
    name = folded(column.this)
    # Panther adds columns of its own, and its lists need not have all of them.
    if name.startswith(("P_", "METADATA$")) or name in _WORDS or scope.opaque:
        return
    source = scope.source(column) if column.table else None
    found = _names_of(source, columns) if column.table else _names_in(scope, columns)
    if found is None or name.upper() in found:
        return
    read_from = [one.table for one in ([source] if source is not None else scope.sources) if one.table is not None]
    where = place(read, column)
    raise InvalidInput(
        f"There is no column {column.name[:100]}{f' ({where})' if where else ''} in "
        f"{', '.join(dict.fromkeys(table.label for table in read_from)) or 'what is read there'}."
        f"{_meant(column.name, [one for table in read_from for one in columns.get(table, ())])}",
        hint="get_table_schema lists a table's columns; a nested field is column:field.",
    )


def _names_in(scope: Scope, columns: Mapping[LakeTable, Sequence[str]]) -> frozenset[str] | None:
    """Return every column that an unqualified name could mean, in upper case; None where not all are known."""
    found = frozenset[str]()
    at: Scope | None = scope
    while at is not None:
        if at.opaque or at.select.find(exp.Lambda):
            return None
        for source in at.sources:
            names = _names_of(source, columns)
            if names is None:
                return None
            found |= names
        # A subquery may use the aliases of the query around it.
        found |= _aliases(at)
        at = at.parent
    return found if scope.sources else None


def _names_of(source: Source | None, columns: Mapping[LakeTable, Sequence[str]]) -> frozenset[str] | None:
    if source is None or source.renamed:
        return None
    if source.table is not None:
        names = columns.get(source.table)
        return frozenset(name.upper() for name in names) if names else None
    outputs = source.outputs
    # An output without a name of its own may be meant by its text.
    return None if outputs is None or "" in outputs else frozenset(name.upper() for name in outputs)


def _aliases(scope: Scope) -> frozenset[str]:
    return frozenset(alias.alias.upper() for alias in own_nodes(scope.select) if isinstance(alias, exp.Alias))


def _meant(name: str, known: Sequence[str]) -> str:
    by_folded = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), list(by_folded), n=_SHOWN, cutoff=0.65)
    close = close or [one for one in by_folded if name.lower() in one][:_SHOWN]
    return f" Did you mean {' or '.join(by_folded[one] for one in close)}?" if close else ""

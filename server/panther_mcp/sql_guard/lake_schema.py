"""The lake's tables and columns, asked over the API and remembered for some minutes."""

import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol, cast

from panther_mcp.errors import PantherMcpError
from panther_mcp.results import JsonObject, page, record

if TYPE_CHECKING:
    from panther_client.graphql.input_types import DataLakeDatabaseTableInput, DataLakeDatabaseTablesInput

KEPT_SECONDS = 300.0
# What could not be found out is soon asked again, but not for every query.
FAILURE_KEPT_SECONDS = 60.0
_MOST_KEPT = 1_000
_PAGE_SIZE = 100
# A database with more tables than this is not known as a whole.
_MOST_PAGES = 20


class Client(Protocol):
    """What of the GraphQL client is needed here."""

    async def list_database_tables(self, input: "DataLakeDatabaseTablesInput") -> object:  # noqa: A002 - as it is there
        """Return one page of the tables of a database."""
        ...

    async def get_table_schema(self, input: "DataLakeDatabaseTableInput") -> object:  # noqa: A002 - as it is there
        """Return a table with its columns."""
        ...


class SchemaCache:
    """What the lake has said of its schema, each answer for some minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Sequence[str] | None]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Sequence[str] | None]]) -> Sequence[str] | None:
        """Return what is kept for `key`, else what `ask` gives; None where that fails."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        try:
            found = await ask()
        except PantherMcpError:
            # A check of names must not be what makes a query fail.
            found = None
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = (self._clock() + (FAILURE_KEPT_SECONDS if found is None else KEPT_SECONDS), found)
        return found


class LakeSchema:
    """Answers which tables and columns there are; None where it could not be found out."""

    def __init__(self, client: Client, cache: SchemaCache) -> None:
        self._client, self._cache = client, cache

    async def tables(self, database: str) -> Sequence[str] | None:
        """Return the names of all tables of `database.schema`."""
        return await self._cache.get(database, lambda: self._all_tables(database))

    async def columns(self, database: str, table: str) -> Sequence[str] | None:
        """Return the names of all columns of a table; None also where there is no such table."""
        return await self._cache.get((database, table), lambda: self._all_columns(database, table))

    async def _all_tables(self, database: str) -> Sequence[str] | None:
        from panther_client.graphql.input_types import DataLakeDatabaseTablesInput

        names: list[str] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            asked = DataLakeDatabaseTablesInput(databaseName=database, pageSize=_PAGE_SIZE, cursor=cursor)
            found = page(await self._client.list_database_tables(input=asked), "tables")
            names += [str(table["name"]) for table in found["tables"] if table.get("name")]
            following = found.get("next_cursor")
            if following is None or following == cursor:
                return names
            cursor = following
        return None

    async def _all_columns(self, database: str, table: str) -> Sequence[str] | None:
        from panther_client.graphql.input_types import DataLakeDatabaseTableInput

        asked = DataLakeDatabaseTableInput(databaseName=database, tableName=table)
        found = record(await self._client.get_table_schema(input=asked))
        columns = cast("list[JsonObject]", found.get("columns") or [])
        return [str(column["name"]) for column in columns if column.get("name")] or None

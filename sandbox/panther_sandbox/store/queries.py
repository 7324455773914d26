"""Data lake queries that were run, and their stored results: pages are read from here, never by running again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.paging import Page, decode_cursor, page_at
from panther_sandbox.store.database import Database, Record, marks


@dataclass(frozen=True)
class QueryFilter:
    """Which queries are asked for."""

    contains: str | None = None
    is_scheduled: bool | None = None
    issued_by: Sequence[str] = ()
    statuses: Sequence[str] = ()
    started_after: str | None = None
    started_before: str | None = None
    descending: bool = True


class QueryStore:
    """Records of queries, with their rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, query: Record) -> None:
        """Record a query; what is not given yet is empty."""
        empty: Record = {
            "name": None,
            "status": "running",
            "message": "",
            "is_scheduled": False,
            "issued_by": None,
            "completed_at": None,
            "columns": [],
            "types": {},
            "row_count": 0,
            "bytes_scanned": 0,
            "execution_ms": 0.0,
            "parent_id": None,
        }
        self._database.insert("queries", [empty | query])

    def finish(self, query_id: str, changes: Record, rows: Iterable[Record] = ()) -> bool:
        """End a running query; return False, changing nothing, when it had ended already."""
        encoded = {
            name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in changes.items()
        }
        assignments = ", ".join(f"{name} = ?" for name in encoded)
        with self._database.transaction():
            changed = self._database.execute(
                # The names are ours; every value is bound.
                f"UPDATE queries SET {assignments} WHERE id = ? AND status = 'running'",  # noqa: S608 - see above
                [*encoded.values(), query_id],
            )
            if not changed:
                return False
            self._database.insert(
                "query_rows",
                ({"query_id": query_id, "position": n, "row": row} for n, row in enumerate(rows)),
            )
        return True

    def has(self, query_id: str) -> bool:
        """Say whether there is a query with this id."""
        return self._database.row("SELECT 1 FROM queries WHERE id = ?", [query_id]) is not None

    def get(self, query_id: str) -> Record:
        """Return a query's record; raise ObjectNotFoundError."""
        found = self._database.row("SELECT * FROM queries WHERE id = ?", [query_id])
        if found is None:
            raise ObjectNotFoundError("data lake query", query_id)
        return _decoded(found)

    def adopt(self, parent_id: str, child_id: str) -> None:
        """Make a query a part of another, which is then listed in its place."""
        self._database.update("queries", child_id, {"parent_id": parent_id})

    def children(self, parent_id: str) -> list[Record]:
        """Return the parts of a query, in the order in which they were started."""
        found = self._database.rows("SELECT * FROM queries WHERE parent_id = ? ORDER BY rowid", [parent_id])
        return [_decoded(query) for query in found]

    def started_between(self, first: str, last: str) -> list[Record]:
        """Return the queries that were started in a time."""
        found = self._database.rows("SELECT * FROM queries WHERE started_at >= ? AND started_at < ?", [first, last])
        return [_decoded(query) for query in found]

    def running_parents(self) -> list[Record]:
        """Return the running queries that have parts."""
        found = self._database.rows(
            "SELECT * FROM queries WHERE status = 'running' AND id IN (SELECT parent_id FROM queries)"
        )
        return [_decoded(query) for query in found]

    def end_orphans(self, at: str) -> None:
        """Fail the queries that an earlier run of the sandbox left running."""
        self._database.execute(
            "UPDATE queries SET status = 'failed', message = 'The sandbox was stopped.', completed_at = ? "
            "WHERE status = 'running'",
            [at],
        )

    def rows(self, query_id: str, cursor: str | None, size: int) -> Page[Record]:
        """Return a page of a query's rows."""
        listing = f"rows.{query_id}"
        offset = decode_cursor(listing, cursor)
        found = self._database.rows(
            "SELECT row FROM query_rows WHERE query_id = ? AND position >= ? ORDER BY position LIMIT ?",
            [query_id, offset, size + 1],
        )
        return page_at(listing, [json.loads(row["row"]) for row in found], offset, size)

    def page(self, wanted: QueryFilter, cursor: str | None, size: int) -> Page[Record]:
        """Return a page of the queries asked for, by time of start."""
        clauses, parameters = ["parent_id IS NULL"], list[Any]()
        for column, values in (("issued_by", wanted.issued_by), ("status", wanted.statuses)):
            if values:
                clauses.append(f"{column} IN {marks(values)}")
                parameters += values
        for clause, value in (
            ("instr(lower(sql || ' ' || coalesce(name, '')), lower(?)) > 0", wanted.contains),
            ("is_scheduled = ?", wanted.is_scheduled),
            ("started_at >= ?", wanted.started_after),
            ("started_at <= ?", wanted.started_before),
        ):
            if value is not None:
                clauses.append(clause)
                parameters.append(value)
        direction = "DESC" if wanted.descending else "ASC"
        offset = decode_cursor("queries", cursor)
        found = self._database.rows(
            # The clauses are made of our own column names; every value is bound.
            f"SELECT * FROM queries WHERE {' AND '.join(clauses)} "  # noqa: S608 - see above
            f"ORDER BY started_at {direction}, id LIMIT ? OFFSET ?",
            [*parameters, size + 1, offset],
        )
        return page_at("queries", [_decoded(query) for query in found], offset, size)


def _decoded(query: Record) -> Record:
    return query | {
        "columns": json.loads(query["columns"]),
        "types": json.loads(query["types"]),
        "is_scheduled": bool(query["is_scheduled"]),
    }

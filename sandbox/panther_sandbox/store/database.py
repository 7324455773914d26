"""The SQLite handle: one in-memory database, safe to use from every thread."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from panther_sandbox.store.tables import CREATE_TABLES

Record = dict[str, Any]


class Database:
    """Runs statements one at a time; values that are lists or objects are kept as JSON text."""

    def __init__(self) -> None:
        # Every use is under the lock, which is what SQLite's own check of the thread would guard.
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.RLock()
        self._connection.executescript(CREATE_TABLES)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Record]:
        """Return the rows of a query."""
        with self._lock:
            return [dict(row) for row in self._connection.execute(sql, parameters)]

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Record | None:
        """Return the first row of a query, or None."""
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that writes; return how many rows it changed."""
        with self._lock:
            return self._connection.execute(sql, parameters).rowcount

    def insert(self, table: str, records: Iterable[Mapping[str, Any]]) -> None:
        """Insert records that all have the same keys, which are the table's columns."""
        batch = [dict(record) for record in records]
        if not batch:
            return
        columns = list(batch[0])
        marks = ", ".join("?" * len(columns))
        # Table and column names come from our code, never from a request.
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - see above
        values = [[_storable(record[column]) for column in columns] for record in batch]
        with self.transaction():
            self._connection.executemany(sql, values)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make what is written inside one change, which a failure undoes."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Free the database."""
        with self._lock:
            self._connection.close()


def _storable(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def marks(values: Sequence[Any]) -> str:
    """Return the `(?, ?)` for an IN list."""
    return f"({', '.join('?' * len(values))})"

"""The SQLite handle: one database, in memory or in a folder, safe to use from every thread."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from panther_sandbox.errors import DataFolderError
from panther_sandbox.store.tables import CREATE_TABLES, DATA_VERSION

Record = dict[str, Any]
_FILE = "panther-sandbox.sqlite"
# Tells our files from other programs' SQLite files: "PnSb".
_APPLICATION_ID = 0x506E5362


class Database:
    """Runs statements one at a time; values that are lists or objects are kept as JSON text."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the database of a folder, or a new one in memory; raise DataFolderError."""
        self._lock = threading.RLock()
        self._connection = _connect(":memory:") if folder is None else _open(folder)
        self._connection.row_factory = sqlite3.Row
        self.in_memory = folder is None

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

    def update(self, table: str, identifier: str, changes: Mapping[str, Any]) -> bool:
        """Change columns of the record with an id; return False when there is none."""
        # Table and column names come from our code, never from a request.
        sql = f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in changes)} WHERE id = ?"  # noqa: S608 - see above
        return self.execute(sql, [*map(_storable, changes.values()), identifier]) > 0

    def delete(self, table: str, identifier: str) -> bool:
        """Delete the record with an id; return False when there is none."""
        return self.execute(f"DELETE FROM {table} WHERE id = ?", [identifier]) > 0  # noqa: S608 - the name is ours

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

    def image(self) -> bytes:
        """Return all that the database holds, for `restore`."""
        with self._lock:
            return self._connection.serialize()

    def restore(self, image: bytes) -> None:
        """Let the database hold what it held when `image` was taken of it; only one in memory can do that."""
        with self._lock:
            self._connection.deserialize(image)

    def close(self) -> None:
        """Free the database."""
        with self._lock:
            self._connection.close()


def _connect(path: str) -> sqlite3.Connection:
    # Every use is under the lock, which is what SQLite's own check of the thread would guard.
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    if path == ":memory:":
        connection.executescript(CREATE_TABLES)
    return connection


def _open(folder: Path) -> sqlite3.Connection:
    """Open or make the folder's file; only one sandbox at a time may hold it."""
    path = folder / _FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = _connect(str(path))
    except (OSError, sqlite3.Error) as error:
        raise DataFolderError(f"cannot keep data in {folder}: {error}") from error
    with _closing_on_failure(connection):
        try:
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            _check_version(connection, path)
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            in_use = "another sandbox is using it" if "locked" in str(error) else str(error)
            raise DataFolderError(f"cannot keep data in {folder}: {in_use}") from error
        except sqlite3.DatabaseError as error:
            raise DataFolderError(f"{path} is not a sandbox's data: {error}") from error
    return connection


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of an empty file; refuse a file that is not ours or another version's."""
    application: int = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not tables:
        for statement in CREATE_TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {DATA_VERSION}")
    elif application != _APPLICATION_ID:
        raise DataFolderError(f"{path} is not a sandbox's data")
    elif version != DATA_VERSION:
        raise DataFolderError(
            f"{path} was written by another version of the sandbox (data version {version}, this one reads "
            f"{DATA_VERSION}); name another folder or delete the file"
        )


@contextmanager
def _closing_on_failure(connection: sqlite3.Connection) -> Generator[None]:
    """Close a connection when what is inside fails."""
    with ExitStack() as stack:
        stack.enter_context(closing(connection))
        yield
        stack.pop_all()


def _storable(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def marks(values: Sequence[Any]) -> str:
    """Return the `(?, ?)` for an IN list."""
    return f"({', '.join('?' * len(values))})"

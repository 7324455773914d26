"""Objects that the API takes and gives whole: detections, globals, data models, saved queries, log sources."""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import Enum

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.store.database import Database, Record


class Kind(Enum):
    """The kinds of documents, each with the name that messages use."""

    RULE = "rule"
    SIMPLE_RULE = "simple rule"
    SCHEDULED_RULE = "scheduled rule"
    POLICY = "policy"
    GLOBAL = "global"
    DATA_MODEL = "data model"
    QUERY = "query"
    SOURCE = "log source"


class DocumentStore:
    """Reads and replaces documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, kind: Kind, documents: Iterable[Record], key: str = "id") -> None:
        """Add documents, each under its value of `key`."""
        self._database.insert(
            "documents", ({"kind": kind.name, "id": item[key], "document": item} for item in documents)
        )

    def all(self, kind: Kind) -> list[Record]:
        """Return the documents of a kind, by id."""
        found = self._database.rows("SELECT document FROM documents WHERE kind = ? ORDER BY id", [kind.name])
        return [json.loads(row["document"]) for row in found]

    def find(self, kind: Kind, identifier: str) -> Record | None:
        """Return a document, or None."""
        found = self._database.row("SELECT document FROM documents WHERE kind = ? AND id = ?", [kind.name, identifier])
        if found is None:
            return None
        document: Record = json.loads(found["document"])
        return document

    def get(self, kind: Kind, identifier: str) -> Record:
        """Return a document; raise ObjectNotFoundError."""
        found = self.find(kind, identifier)
        if found is None:
            raise ObjectNotFoundError(kind.value, identifier)
        return found

    def put(self, kind: Kind, identifier: str, document: Record) -> None:
        """Create a document or replace it whole."""
        self._database.execute(
            "INSERT OR REPLACE INTO documents (kind, id, document) VALUES (?, ?, ?)",
            [kind.name, identifier, json.dumps(document)],
        )

    def delete(self, kind: Kind, identifier: str) -> None:
        """Delete a document; raise ObjectNotFoundError."""
        if not self._database.execute("DELETE FROM documents WHERE kind = ? AND id = ?", [kind.name, identifier]):
            raise ObjectNotFoundError(kind.value, identifier)

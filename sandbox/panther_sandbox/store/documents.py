"""Objects that the API takes and gives whole: detections and what they use, queries, sources, accounts, schemas."""

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
    CORRELATION_RULE = "correlation rule"
    LOOKUP_TABLE = "lookup table"
    SCHEDULED_PROMPT = "scheduled prompt"
    CLOUD_ACCOUNT = "cloud account"
    SCHEMA = "schema"
    UPLOAD = "upload"


# What shares one space of ids, each with what GraphQL calls it.
DETECTION_TYPES = {
    Kind.RULE: "RULE",
    Kind.SIMPLE_RULE: "RULE",
    Kind.SCHEDULED_RULE: "SCHEDULED_RULE",
    Kind.POLICY: "POLICY",
    Kind.CORRELATION_RULE: "CORRELATION_RULE",
}


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

    def find_detection(self, identifier: str) -> tuple[Kind, Record] | None:
        """Return the detection with an id, whatever its kind, or None."""
        for kind in DETECTION_TYPES:
            found = self.find(kind, identifier)
            if found is not None:
                return kind, found
        return None

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

"""Comments on alerts."""

from __future__ import annotations

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.store.database import Database, Record


class CommentStore:
    """Reads, adds and changes comments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, comment: Record) -> None:
        """Add a comment."""
        self._database.insert("comments", [comment])

    def update(self, comment_id: str, changes: Record) -> Record:
        """Change a comment and return it; raise ObjectNotFoundError."""
        self._database.update("comments", comment_id, changes)
        return self.get(comment_id)

    def of_alert(self, alert_id: str) -> list[Record]:
        """Return an alert's comments, oldest first."""
        return self._database.rows("SELECT * FROM comments WHERE alert_id = ? ORDER BY created_at", [alert_id])

    def get(self, comment_id: str) -> Record:
        """Return a comment; raise ObjectNotFoundError."""
        found = self._database.row("SELECT * FROM comments WHERE id = ?", [comment_id])
        if found is None:
            raise ObjectNotFoundError("comment", comment_id)
        return found

"""Answers of Panther AI that grow while they are polled."""

from __future__ import annotations

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.store.database import Database, Record


class AIStreamStore:
    """Keeps each answer whole, and counts how often it was asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, stream: Record) -> None:
        """Add a stream with its whole text."""
        self._database.insert("ai_streams", [{"alert_id": None, "asked": None, "polls": 0} | stream])

    def poll(self, stream_id: str) -> Record:
        """Count one more poll and return the stream; raise ObjectNotFoundError."""
        with self._database.transaction():
            self._database.execute("UPDATE ai_streams SET polls = polls + 1 WHERE id = ?", [stream_id])
            found = self._database.row("SELECT * FROM ai_streams WHERE id = ?", [stream_id])
        if found is None:
            raise ObjectNotFoundError("AI inference stream", stream_id)
        return found

    def of_question(self, asked: str) -> Record | None:
        """Return the newest stream that answers the same question, or None."""
        return self._database.row("SELECT * FROM ai_streams WHERE asked = ? ORDER BY created_at DESC", [asked])

    def of_alert(self, alert_id: str) -> list[Record]:
        """Return an alert's streams, oldest first."""
        return self._database.rows("SELECT * FROM ai_streams WHERE alert_id = ? ORDER BY created_at", [alert_id])

"""The whole store: one database, and the concepts kept in it."""

from __future__ import annotations

from pathlib import Path

from panther_sandbox.store.ai_streams import AIStreamStore
from panther_sandbox.store.alerts import AlertStore
from panther_sandbox.store.comments import CommentStore
from panther_sandbox.store.database import Database
from panther_sandbox.store.documents import DocumentStore
from panther_sandbox.store.people import RoleStore, TokenStore, UserStore
from panther_sandbox.store.queries import QueryStore


class Store:
    """An empty store at first, which the seed fills; with a folder, what an earlier run left there."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the store; raise DataFolderError for a folder that cannot be used."""
        self.database = Database(folder)
        self.alerts = AlertStore(self.database)
        self.comments = CommentStore(self.database)
        self.users = UserStore(self.database)
        self.roles = RoleStore(self.database)
        self.tokens = TokenStore(self.database)
        self.documents = DocumentStore(self.database)
        self.queries = QueryStore(self.database)
        self.ai_streams = AIStreamStore(self.database)

    def setting(self, name: str) -> str | None:
        """Return what was noted under a name, or None."""
        found = self.database.row("SELECT value FROM settings WHERE name = ?", [name])
        return found["value"] if found else None

    def note(self, name: str, value: str) -> None:
        """Note a value under a name."""
        self.database.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", [name, value])

    def close(self) -> None:
        """Free the store."""
        self.database.close()

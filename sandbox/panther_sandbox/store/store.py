"""The whole store: one database, and the concepts kept in it."""

from __future__ import annotations

from panther_sandbox.store.ai_streams import AIStreamStore
from panther_sandbox.store.alerts import AlertStore
from panther_sandbox.store.comments import CommentStore
from panther_sandbox.store.database import Database
from panther_sandbox.store.documents import DocumentStore
from panther_sandbox.store.people import RoleStore, TokenStore, UserStore
from panther_sandbox.store.queries import QueryStore


class Store:
    """An empty store at first; the seed fills it."""

    def __init__(self) -> None:
        self.database = Database()
        self.alerts = AlertStore(self.database)
        self.comments = CommentStore(self.database)
        self.users = UserStore(self.database)
        self.roles = RoleStore(self.database)
        self.tokens = TokenStore(self.database)
        self.documents = DocumentStore(self.database)
        self.queries = QueryStore(self.database)
        self.ai_streams = AIStreamStore(self.database)

    def close(self) -> None:
        """Free the store."""
        self.database.close()

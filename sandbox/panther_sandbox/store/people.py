"""Users of the console, their roles, and API tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.store.database import Database, Record


class UserStore:
    """Reads users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, users: Iterable[Record]) -> None:
        """Add users."""
        self._database.insert("users", users)

    def all(self) -> list[Record]:
        """Return all users by e-mail address."""
        return self._database.rows("SELECT * FROM users ORDER BY email")

    def find(self, user_id: str) -> Record | None:
        """Return a user, or None."""
        return self._database.row("SELECT * FROM users WHERE id = ?", [user_id])

    def get(self, user_id: str) -> Record:
        """Return a user; raise ObjectNotFoundError."""
        found = self.find(user_id)
        if found is None:
            raise ObjectNotFoundError("user", user_id)
        return found

    def by_email(self, email: str) -> Record:
        """Return the user with an address, whatever its case; raise ObjectNotFoundError."""
        found = self._database.row("SELECT * FROM users WHERE lower(email) = lower(?)", [email])
        if found is None:
            raise ObjectNotFoundError("user", email)
        return found


class RoleStore:
    """Reads roles."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, roles: Iterable[Record]) -> None:
        """Add roles."""
        self._database.insert("roles", roles)

    def all(self, name_contains: str | None = None, *, descending: bool = False) -> list[Record]:
        """Return the roles whose name contains a text, by name."""
        found = self._database.rows(
            "SELECT * FROM roles WHERE instr(lower(name), lower(?)) > 0 ORDER BY name", [name_contains or ""]
        )
        roles = [_decoded_role(role) for role in found]
        return roles[::-1] if descending else roles

    def get(self, role_id: str) -> Record:
        """Return a role; raise ObjectNotFoundError."""
        return self._one("SELECT * FROM roles WHERE id = ?", role_id)

    def by_name(self, name: str) -> Record:
        """Return the role with a name; raise ObjectNotFoundError."""
        return self._one("SELECT * FROM roles WHERE name = ?", name)

    def _one(self, sql: str, key: str) -> Record:
        found = self._database.row(sql, [key])
        if found is None:
            raise ObjectNotFoundError("role", key)
        return _decoded_role(found)


class TokenStore:
    """Reads API tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tokens: Iterable[Record]) -> None:
        """Add tokens."""
        self._database.insert("tokens", tokens)

    def all(self) -> list[Record]:
        """Return all tokens by name."""
        return [_decoded_token(token) for token in self._database.rows("SELECT * FROM tokens ORDER BY name")]

    def find(self, token_id: str) -> Record | None:
        """Return a token, or None."""
        found = self._database.row("SELECT * FROM tokens WHERE id = ?", [token_id])
        return _decoded_token(found) if found else None

    def use(self, value: str, at: str) -> Record | None:
        """Return the token with a secret value, and note when it was used; None when there is none."""
        found = self._database.row("SELECT * FROM tokens WHERE value = ?", [value])
        if found is None:
            return None
        self._database.execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", [at, found["id"]])
        return _decoded_token(found)


def _decoded_role(role: Record) -> Record:
    return role | {name: json.loads(role[name]) for name in ("permissions", "log_type_access")}


def _decoded_token(token: Record) -> Record:
    return token | {name: json.loads(token[name]) for name in ("permissions", "allowed_cidr_blocks")}

"""Users of the console, their roles, and API tokens."""

from __future__ import annotations

import json
from collections.abc import Iterable

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.store.database import Database, Record


class UserStore:
    """Reads and changes users."""

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

    def find_by_email(self, email: str) -> Record | None:
        """Return the user with an address, whatever its case, or None."""
        return self._database.row("SELECT * FROM users WHERE lower(email) = lower(?)", [email])

    def by_email(self, email: str) -> Record:
        """Return the user with an address, whatever its case; raise ObjectNotFoundError."""
        found = self.find_by_email(email)
        if found is None:
            raise ObjectNotFoundError("user", email)
        return found

    def with_role(self, role_id: str) -> list[Record]:
        """Return the users who have a role."""
        return self._database.rows("SELECT * FROM users WHERE role_id = ?", [role_id])

    def update(self, user_id: str, changes: Record) -> Record:
        """Change a user and return the user; raise ObjectNotFoundError."""
        if changes:
            self._database.update("users", user_id, changes)
        return self.get(user_id)

    def delete(self, user_id: str) -> None:
        """Delete a user, who is then nobody's assignee; raise ObjectNotFoundError."""
        with self._database.transaction():
            if not self._database.delete("users", user_id):
                raise ObjectNotFoundError("user", user_id)
            self._database.execute("UPDATE alerts SET assignee_id = NULL WHERE assignee_id = ?", [user_id])


class RoleStore:
    """Reads and changes roles."""

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

    def named(self, name: str) -> Record | None:
        """Return the role with a name, whatever its case, or None."""
        found = self._database.row("SELECT * FROM roles WHERE lower(name) = lower(?)", [name])
        return _decoded_role(found) if found else None

    def update(self, role_id: str, changes: Record) -> Record:
        """Change a role and return it; raise ObjectNotFoundError."""
        self._database.update("roles", role_id, changes)
        return self.get(role_id)

    def delete(self, role_id: str) -> None:
        """Delete a role; raise ObjectNotFoundError."""
        if not self._database.delete("roles", role_id):
            raise ObjectNotFoundError("role", role_id)

    def _one(self, sql: str, key: str) -> Record:
        found = self._database.row(sql, [key])
        if found is None:
            raise ObjectNotFoundError("role", key)
        return _decoded_role(found)


class TokenStore:
    """Reads and changes API tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tokens: Iterable[Record]) -> None:
        """Add tokens."""
        self._database.insert("tokens", tokens)

    def all(self) -> list[Record]:
        """Return all tokens by name."""
        return [_decoded_token(token) for token in self._database.rows("SELECT * FROM tokens ORDER BY name, id")]

    def find(self, token_id: str) -> Record | None:
        """Return a token, or None."""
        found = self._database.row("SELECT * FROM tokens WHERE id = ?", [token_id])
        return _decoded_token(found) if found else None

    def get(self, token_id: str) -> Record:
        """Return a token; raise ObjectNotFoundError."""
        found = self.find(token_id)
        if found is None:
            raise ObjectNotFoundError("API token", token_id)
        return found

    def by_value(self, value: str) -> Record | None:
        """Return the token with a secret value, or None."""
        found = self._database.row("SELECT * FROM tokens WHERE value = ?", [value])
        return _decoded_token(found) if found else None

    def note_use(self, token_id: str, at: str) -> None:
        """Note when a token was last used."""
        self._database.update("tokens", token_id, {"last_used_at": at})

    def update(self, token_id: str, changes: Record) -> Record:
        """Change a token and return it; raise ObjectNotFoundError."""
        self._database.update("tokens", token_id, changes)
        return self.get(token_id)

    def delete(self, token_id: str) -> None:
        """Delete a token; raise ObjectNotFoundError."""
        if not self._database.delete("tokens", token_id):
            raise ObjectNotFoundError("API token", token_id)


def _decoded_role(role: Record) -> Record:
    return role | {name: json.loads(role[name]) for name in ("permissions", "log_type_access")}


def _decoded_token(token: Record) -> Record:
    return token | {name: json.loads(token[name]) for name in ("permissions", "allowed_cidr_blocks")}

"""Users, roles and API tokens: what may be changed, and how; the same for both APIs."""

from __future__ import annotations

import ipaddress
import re
import secrets
import uuid
from collections.abc import Sequence

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store

_ANYWHERE = ("0.0.0.0/0", "::/0")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def find_role(store: Store, role_id: str | None, name: str | None) -> Record:
    """Return the role with an id or else a name; raise InvalidInputError or ObjectNotFoundError."""
    if role_id:
        return store.roles.get(role_id)
    if name:
        return store.roles.by_name(name)
    raise InvalidInputError("the role's id or name is required")


def invite_user(sandbox: Sandbox, email: str, given_name: str, family_name: str, role: Record) -> Record:
    """Add a user who has yet to sign in."""
    user = {
        "id": str(uuid.uuid4()),
        "email": _free_email(sandbox.store, email, None),
        "given_name": given_name,
        "family_name": family_name,
        "role_id": role["id"],
        "enabled": True,
        "status": "FORCE_CHANGE_PASSWORD",
        "created_at": api_time(sandbox.clock.now()),
        "last_logged_in_at": None,
    }
    sandbox.store.users.add([user])
    return user


def update_user(sandbox: Sandbox, user_id: str, changes: Record) -> Record:
    """Change a user's columns; None leaves one as it is."""
    sandbox.store.users.get(user_id)
    changes = {column: value for column, value in changes.items() if value is not None}
    if "email" in changes:
        changes["email"] = _free_email(sandbox.store, changes["email"], user_id)
    return sandbox.store.users.update(user_id, changes)


def _free_email(store: Store, email: str, user_id: str | None) -> str:
    if not _EMAIL.fullmatch(email):
        raise InvalidInputError(f"email: {email!r} is not an e-mail address")
    holder = store.users.find_by_email(email)
    if holder is not None and holder["id"] != user_id:
        raise InvalidInputError(f"a user with the e-mail address {email} exists already")
    return email


def create_role(sandbox: Sandbox, caller: Caller, given: Record) -> Record:
    """Add a role; `given` has name, permissions and, if wanted, log_type_access and its kind."""
    now = api_time(sandbox.clock.now())
    role: Record = {
        "id": str(uuid.uuid4()),
        "log_type_access": [],
        "log_type_access_kind": "ALLOW_ALL",
        **_checked_role(sandbox.store, given, None),
        "created_at": now,
        "updated_at": now,
        "updated_by": caller.token_id,
    }
    sandbox.store.roles.add([role])
    return role


def update_role(sandbox: Sandbox, caller: Caller, role_id: str, given: Record) -> Record:
    """Change a role's columns; None leaves one as it is."""
    sandbox.store.roles.get(role_id)
    changes = _checked_role(sandbox.store, given, role_id)
    stamp = {"updated_at": api_time(sandbox.clock.now()), "updated_by": caller.token_id}
    return sandbox.store.roles.update(role_id, changes | stamp)


def delete_role(sandbox: Sandbox, role_id: str) -> None:
    """Delete a role that nobody has."""
    sandbox.store.roles.get(role_id)
    holders = sandbox.store.users.with_role(role_id)
    if holders:
        raise InvalidInputError(f"the role is in use by {len(holders)} user(s)")
    sandbox.store.roles.delete(role_id)


def _checked_role(store: Store, given: Record, role_id: str | None) -> Record:
    changes = {column: value for column, value in given.items() if value is not None}
    if "name" in changes:
        if not changes["name"].strip():
            raise InvalidInputError("name must not be empty")
        holder = store.roles.named(changes["name"])
        if holder is not None and holder["id"] != role_id:
            raise InvalidInputError(f"a role with the name {changes['name']} exists already")
    if "permissions" in changes:
        if not changes["permissions"]:
            raise InvalidInputError("permissions must not be empty")
        changes["permissions"] = sorted(set(changes["permissions"]))
    return changes


def create_token(sandbox: Sandbox, caller: Caller, given: Record) -> Record:
    """Add an API token; `given` has name, permissions and, if wanted, allowed_cidr_blocks."""
    now = api_time(sandbox.clock.now())
    token: Record = {
        "id": str(uuid.uuid4()),
        "value": _secret(),
        "allowed_cidr_blocks": list(_ANYWHERE),
        **_checked_token(given),
        "created_at": now,
        "created_by": caller.token_id,
        "updated_at": now,
        "updated_by": caller.token_id,
        "expires_at": None,
        "last_used_at": None,
    }
    sandbox.store.tokens.add([token])
    return sandbox.store.tokens.get(token["id"])


def update_token(sandbox: Sandbox, caller: Caller, token_id: str, given: Record) -> Record:
    """Change a token's columns; its value stays the same."""
    sandbox.store.tokens.get(token_id)
    stamp = {"updated_at": api_time(sandbox.clock.now()), "updated_by": caller.token_id}
    return sandbox.store.tokens.update(token_id, _checked_token(given) | stamp)


def rotate_token(sandbox: Sandbox, caller: Caller, token_id: str) -> Record:
    """Give a token a new value; the old one opens nothing any more."""
    sandbox.store.tokens.get(token_id)
    changes = {"value": _secret(), "rotated_at": api_time(sandbox.clock.now()), "rotated_by": caller.token_id}
    return sandbox.store.tokens.update(token_id, changes)


def _checked_token(given: Record) -> Record:
    changes = {column: value for column, value in given.items() if value is not None}
    if not changes["name"].strip():
        raise InvalidInputError("name must not be empty")
    if not changes["permissions"]:
        raise InvalidInputError("permissions must not be empty")
    changes["permissions"] = sorted(set(changes["permissions"]))
    if "allowed_cidr_blocks" in changes:
        changes["allowed_cidr_blocks"] = _blocks(changes["allowed_cidr_blocks"]) or list(_ANYWHERE)
    return changes


def _blocks(given: Sequence[str]) -> list[str]:
    for block in given:
        try:
            ipaddress.ip_network(block, strict=False)
        except ValueError:
            raise InvalidInputError(f"allowedCIDRBlocks: {block!r} is not a CIDR block") from None
    return list(given)


def _secret() -> str:
    return f"pat_{secrets.token_hex(24)}"

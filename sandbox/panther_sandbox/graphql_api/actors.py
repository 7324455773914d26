"""Who does things, in GraphQL: users with their roles, and API tokens."""

from __future__ import annotations

from typing import Any

from panther_sandbox.graphql_api.operation import later
from panther_sandbox.permissions import in_graphql
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store

_LONG_AGO = "1970-01-01T00:00:00.000Z"


def user_node(store: Store, user: Record) -> dict[str, Any]:
    """Return a user as GraphQL has it; the role is read only when asked for."""
    return {
        "__typename": "User",
        "id": user["id"],
        "email": user["email"],
        "givenName": user["given_name"],
        "familyName": user["family_name"],
        "enabled": bool(user["enabled"]),
        "status": user["status"],
        "createdAt": user["created_at"],
        "lastLoggedInAt": user["last_logged_in_at"],
        "role": later(lambda: role_node(store, store.roles.get(user["role_id"]))),
    }


def role_node(store: Store, role: Record) -> dict[str, Any]:
    """Return a role as GraphQL has it."""
    return {
        "id": role["id"],
        "name": role["name"],
        "permissions": in_graphql(role["permissions"]),
        "logTypeAccess": role["log_type_access"],
        "logTypeAccessKind": role["log_type_access_kind"],
        "createdAt": role["created_at"],
        "updatedAt": role["updated_at"],
        "updatedBy": later(lambda: actor_node(store, role["updated_by"])),
    }


def actor_node(store: Store, actor_id: str | None) -> dict[str, Any] | None:
    """Return the user or the API token with an id, also when it is deleted; None for the system."""
    if actor_id is None:
        return None
    user = store.users.find(actor_id)
    if user is not None:
        return user_node(store, user)
    token = store.tokens.find(actor_id)
    return _deleted_user(actor_id) if token is None else token_node(store, token)


def token_node(store: Store, token: Record) -> dict[str, Any]:
    """Return an API token as GraphQL has it, without its secret value."""
    return {
        "__typename": "APIToken",
        "id": token["id"],
        "name": token["name"],
        "permissions": in_graphql(token["permissions"]),
        "allowedCIDRBlocks": token["allowed_cidr_blocks"],
        "createdAt": token["created_at"],
        "createdBy": later(lambda: _user_behind(store, token["created_by"])),
        "updatedAt": token["updated_at"] or token["created_at"],
        "updatedBy": later(lambda: _user_behind(store, token["updated_by"]) if token["updated_by"] else None),
        "rotatedAt": token["rotated_at"],
        "rotatedBy": later(lambda: actor_node(store, token["rotated_by"])),
        "expiresAt": token["expires_at"],
        "lastUsedAt": token["last_used_at"],
        "value": None,
    }


def _user_behind(store: Store, actor_id: str) -> dict[str, Any]:
    """Return the user who made a token, or made the token that made it: GraphQL wants a user there."""
    seen: set[str] = set()
    while actor_id not in seen:
        seen.add(actor_id)
        user = store.users.find(actor_id)
        if user is not None:
            return user_node(store, user)
        token = store.tokens.find(actor_id)
        actor_id = token["created_by"] if token else actor_id
    return _deleted_user(actor_id)


def _deleted_user(user_id: str) -> dict[str, Any]:
    role: dict[str, Any] = {
        "id": "",
        "name": "",
        "permissions": [],
        "logTypeAccess": [],
        "logTypeAccessKind": "DENY_ALL",
        "createdAt": _LONG_AGO,
        "updatedAt": _LONG_AGO,
        "updatedBy": None,
    }
    return {
        "__typename": "User",
        "id": user_id,
        "email": "",
        "givenName": None,
        "familyName": None,
        "enabled": False,
        "status": "DELETED",
        "createdAt": _LONG_AGO,
        "lastLoggedInAt": None,
        "role": role,
    }

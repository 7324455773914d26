"""Users, roles and the instance's settings in GraphQL."""

from __future__ import annotations

from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.graphql_api.operation import Operation, Operations, later
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store

PANTHER_VERSION = "1.119.4"


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
        "permissions": role["permissions"],
        "logTypeAccess": role["log_type_access"],
        "logTypeAccessKind": role["log_type_access_kind"],
        "createdAt": role["created_at"],
        "updatedAt": role["updated_at"],
        "updatedBy": later(lambda: actor_node(store, role["updated_by"])),
    }


def actor_node(store: Store, actor_id: str | None) -> dict[str, Any] | None:
    """Return the user or the API token with an id; None for the system."""
    if actor_id is None:
        return None
    user = store.users.find(actor_id)
    if user is not None:
        return user_node(store, user)
    token = store.tokens.find(actor_id)
    return None if token is None else token_node(store, token)


def token_node(store: Store, token: Record) -> dict[str, Any]:
    """Return an API token as GraphQL has it, without its secret value."""
    return {
        "__typename": "APIToken",
        "id": token["id"],
        "name": token["name"],
        "permissions": token["permissions"],
        "allowedCIDRBlocks": token["allowed_cidr_blocks"],
        "createdAt": token["created_at"],
        "createdBy": later(lambda: actor_node(store, token["created_by"])),
        "updatedAt": token["created_at"],
        "expiresAt": token["expires_at"],
        "lastUsedAt": token["last_used_at"],
        "value": None,
    }


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def roles(_caller: Caller, input: dict[str, Any] | None = None) -> list[dict[str, Any]]:  # noqa: A002 - GraphQL's name
        asked = input or {}
        found = store.roles.all(asked.get("nameContains"), descending=asked.get("sortDir") == "descending")
        return [role_node(store, role) for role in found]

    def users(_caller: Caller) -> list[dict[str, Any]]:
        return [user_node(store, user) for user in store.users.all()]

    def user_by_id(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return user_node(store, store.users.get(id))

    def user_by_email(_caller: Caller, email: str) -> dict[str, Any]:
        return user_node(store, store.users.by_email(email))

    def role_by_id(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return role_node(store, store.roles.get(id))

    def role_by_name(_caller: Caller, name: str) -> dict[str, Any]:
        return role_node(store, store.roles.by_name(name))

    def settings(_caller: Caller) -> dict[str, Any]:
        return {"pantherVersion": PANTHER_VERSION}

    read = ("UserRead",)
    return {
        "users": Operation(users, read),
        "userById": Operation(user_by_id, read),
        "userByEmail": Operation(user_by_email, read),
        "roles": Operation(roles, read),
        "roleById": Operation(role_by_id, read),
        "roleByName": Operation(role_by_name, read),
        "generalSettings": Operation(settings, ("GeneralSettingsRead",)),
    }


def mutations(_sandbox: Sandbox) -> Operations:
    """Return the served mutations: none yet."""
    return {}

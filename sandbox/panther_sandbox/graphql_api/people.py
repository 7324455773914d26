"""Users, roles, API tokens and the instance's settings in GraphQL."""

from __future__ import annotations

from typing import Any

from panther_sandbox.access import (
    create_role,
    delete_role,
    find_role,
    invite_user,
    rotate_token,
    update_role,
    update_user,
)
from panther_sandbox.auth import Caller
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.graphql_api.actors import role_node, token_node, user_node
from panther_sandbox.graphql_api.operation import Operation, Operations
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store

PANTHER_VERSION = "1.119.4"
Input = dict[str, Any]


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def roles(_caller: Caller, input: Input | None = None) -> list[dict[str, Any]]:  # noqa: A002 - GraphQL's name
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


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store = sandbox.store

    def invite(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        role = _role(store, input["role"])
        user = invite_user(sandbox, _email(input["email"]), input["givenName"], input["familyName"], role)
        return {"user": user_node(store, user)}

    def change_user(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        changes: Record = {
            "email": _email(input["email"]) if input.get("email") is not None else None,
            "given_name": input.get("givenName"),
            "family_name": input.get("familyName"),
            "role_id": _role(store, input["role"])["id"] if input.get("role") else None,
        }
        return {"user": user_node(store, update_user(sandbox, input["id"], changes))}

    def delete_user(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        store.users.delete(input["id"])
        return {"id": input["id"]}

    def new_role(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return {"role": role_node(store, create_role(sandbox, caller, _role_columns(input)))}

    def change_role(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return {"role": role_node(store, update_role(sandbox, caller, input["id"], _role_columns(input)))}

    def remove_role(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        delete_role(sandbox, input["id"])
        return {"id": input["id"]}

    def rotate(caller: Caller) -> dict[str, Any]:
        token = rotate_token(sandbox, caller, caller.token_id)
        return {"token": token_node(store, token) | {"value": token["value"]}}

    modify = ("UserModify",)
    return {
        "inviteUser": Operation(invite, modify),
        "updateUser": Operation(change_user, modify),
        "deleteUser": Operation(delete_user, modify),
        "createRole": Operation(new_role, modify),
        "updateRole": Operation(change_role, modify),
        "deleteRole": Operation(remove_role, modify),
        "rotateAPIToken": Operation(rotate, ("OrganizationAPITokenModify",)),
    }


def _role(store: Store, given: Input) -> Record:
    by_id = given["kind"] == "ID"
    return find_role(store, given["value"] if by_id else None, None if by_id else given["value"])


def _email(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("email must be a string")
    return value


def _role_columns(given: Input) -> Record:
    return {
        "name": given.get("name"),
        "permissions": given.get("permissions"),
        "log_type_access": given.get("logTypeAccess"),
        "log_type_access_kind": given.get("logTypeAccessKind"),
    }

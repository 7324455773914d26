"""Users, roles and API tokens in REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.alerts import actor
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store


def _user_body(store: Store, user: Record) -> dict[str, Any]:
    role = store.roles.get(user["role_id"])
    return {
        "id": user["id"],
        "email": user["email"],
        "givenName": user["given_name"],
        "familyName": user["family_name"],
        "role": {"id": role["id"], "name": role["name"]},
        "enabled": bool(user["enabled"]),
        "status": user["status"],
        "createdAt": user["created_at"],
        "lastLoggedInAt": user["last_logged_in_at"],
    }


def _role_body(role: Record) -> dict[str, Any]:
    return {
        "id": role["id"],
        "name": role["name"],
        "permissions": role["permissions"],
        "logTypeAccess": role["log_type_access"],
        "logTypeAccessKind": role["log_type_access_kind"],
        "createdAt": role["created_at"],
        "updatedAt": role["updated_at"],
    }


def _token_body(store: Store, token: Record) -> dict[str, Any]:
    """Return a token without its secret value, which is shown only when it is made."""
    return {
        "id": token["id"],
        "name": token["name"],
        "permissions": token["permissions"],
        "allowedCIDRBlocks": token["allowed_cidr_blocks"],
        "createdAt": token["created_at"],
        "createdBy": actor(store, token["created_by"]),
        "expiresAt": token["expires_at"],
        "lastUsedAt": token["last_used_at"],
    }


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of users, roles and tokens."""
    store = sandbox.store

    def users(request: Request) -> Answer:
        contains = (request.text("contains") or "").lower()
        email = (request.text("email") or "").lower()
        ids = [*request.texts("id"), *request.texts("ids")]
        status = request.text("status")
        with_deactivated = request.flag("include-deactivated")
        found = [
            user
            for user in store.users.all()
            if contains in f"{user['given_name']} {user['family_name']} {user['email']}".lower()
            and (not email or user["email"] == email)
            and (not ids or user["id"] in ids)
            and (status is None or user["status"] == status)
            and (user["enabled"] or with_deactivated)
        ]
        size = page_size(request.number("limit"), default=60, most=60)
        page = slice_page("users", found, request.text("cursor"), size)
        return Answer(body={"results": [_user_body(store, u) for u in page.items], "next": page.next_cursor})

    def user(request: Request) -> Answer:
        return Answer(body=_user_body(store, store.users.get(request.path["id"])))

    def roles(request: Request) -> Answer:
        ids = [*request.texts("id"), *request.texts("ids")]
        name = request.text("name")
        descending = request.choice("sort-dir", ("asc", "desc")) == "desc"
        found = [
            role
            for role in store.roles.all(request.text("name-contains"), descending=descending)
            if (not ids or role["id"] in ids) and (name is None or role["name"] == name)
        ]
        return Answer(body={"results": [_role_body(role) for role in found], "next": None})

    def role(request: Request) -> Answer:
        return Answer(body=_role_body(store.roles.get(request.path["id"])))

    def tokens(_request: Request) -> Answer:
        return Answer(body={"results": [_token_body(store, token) for token in store.tokens.all()], "next": None})

    def token(request: Request) -> Answer:
        return Answer(body=_token_body(store, _token(store, request.path["id"])))

    def own_token(request: Request) -> Answer:
        return Answer(body=_token_body(store, _token(store, request.caller.token_id)))

    user_read, token_read = ("UserRead",), ("OrganizationAPITokenRead",)
    return (
        Route("GET", "/users", user_read, users),
        Route("GET", "/users/{id}", user_read, user),
        Route("GET", "/roles", user_read, roles),
        Route("GET", "/roles/{id}", user_read, role),
        Route("GET", "/api-tokens", token_read, tokens),
        # Before the route with an id: "self" is none.
        Route("GET", "/api-tokens/self", (), own_token),
        Route("GET", "/api-tokens/{id}", token_read, token),
    )


def _token(store: Store, token_id: str) -> Record:
    found = store.tokens.find(token_id)
    if found is None:
        raise ObjectNotFoundError("API token", token_id)
    return found

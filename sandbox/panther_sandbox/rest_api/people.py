"""Users in REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panther_sandbox.access import find_role, invite_user, update_user
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.routing import Answer, Request, Route, without_nulls
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store


def _user_body(store: Store, user: Record) -> dict[str, Any]:
    role = store.roles.get(user["role_id"])
    return without_nulls(
        {
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
    )


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of users."""
    store = sandbox.store

    def listing(request: Request) -> Answer:
        contains = (request.text("contains") or "").lower()
        email = (request.text("email") or "").lower()
        ids = [*request.texts("id"), *request.texts("ids")]
        status = request.text("status")
        with_deactivated = request.flag("include-deactivated")
        found = [
            user
            for user in store.users.all()
            if contains in f"{user['given_name']} {user['family_name']} {user['email']}".lower()
            and (not email or user["email"].lower() == email)
            and (not ids or user["id"] in ids)
            and (status is None or user["status"] == status)
            and (user["enabled"] or with_deactivated)
        ]
        size = page_size(request.number("limit"), default=60, most=60)
        page = slice_page("users", found, request.text("cursor"), size)
        return Answer(body={"results": [_user_body(store, u) for u in page.items], "next": page.next_cursor})

    def get(request: Request) -> Answer:
        return Answer(body=_user_body(store, store.users.get(request.path["id"])))

    def create(request: Request) -> Answer:
        given = request.document()
        role = find_role(store, given["role"].get("id"), given["role"].get("name"))
        user = invite_user(sandbox, given["email"], given["givenName"], given["familyName"], role)
        return Answer(body=_user_body(store, user))

    def update(request: Request) -> Answer:
        given = request.document()
        user_id = store.users.get(request.path["id"])["id"]
        changes: Record = {
            "email": given["email"],
            "given_name": given["givenName"],
            "family_name": given["familyName"],
            "role_id": find_role(store, given["role"].get("id"), given["role"].get("name"))["id"],
        }
        return Answer(body=_user_body(store, update_user(sandbox, user_id, changes)))

    def delete(request: Request) -> Answer:
        store.users.delete(request.path["id"])
        return Answer()

    read, modify = ("UserRead",), ("UserModify",)
    return (
        Route("GET", "/users", read, listing),
        Route("POST", "/users", modify, create),
        Route("GET", "/users/{id}", read, get),
        Route("POST", "/users/{id}", modify, update),
        Route("DELETE", "/users/{id}", modify, delete),
    )

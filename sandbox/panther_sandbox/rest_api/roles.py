"""Roles in REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panther_sandbox.access import create_role, delete_role, update_role
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record


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


def _given(request: Request) -> Record:
    document = request.document()
    return {
        "name": document["name"],
        "permissions": document["permissions"],
        "log_type_access": document.get("logTypeAccess"),
        "log_type_access_kind": document.get("logTypeAccessKind"),
    }


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of roles."""
    store = sandbox.store

    def listing(request: Request) -> Answer:
        ids = [*request.texts("id"), *request.texts("ids")]
        name = request.text("name")
        descending = request.choice("sort-dir", ("asc", "desc")) == "desc"
        found = [
            role
            for role in store.roles.all(request.text("name-contains"), descending=descending)
            if (not ids or role["id"] in ids) and (name is None or role["name"] == name)
        ]
        return Answer(body={"results": [_role_body(role) for role in found], "next": None})

    def get(request: Request) -> Answer:
        return Answer(body=_role_body(store.roles.get(request.path["id"])))

    def create(request: Request) -> Answer:
        return Answer(body=_role_body(create_role(sandbox, request.caller, _given(request))))

    def update(request: Request) -> Answer:
        return Answer(body=_role_body(update_role(sandbox, request.caller, request.path["id"], _given(request))))

    def delete(request: Request) -> Answer:
        delete_role(sandbox, request.path["id"])
        return Answer()

    read, modify = ("UserRead",), ("UserModify",)
    return (
        Route("GET", "/roles", read, listing),
        Route("POST", "/roles", modify, create),
        Route("GET", "/roles/{id}", read, get),
        Route("POST", "/roles/{id}", modify, update),
        Route("DELETE", "/roles/{id}", modify, delete),
    )

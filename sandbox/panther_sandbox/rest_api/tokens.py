"""API tokens in REST; a token's secret value is shown only when it is made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from panther_sandbox.access import create_token, rotate_token, update_token
from panther_sandbox.rest_api.alerts import actor
from panther_sandbox.rest_api.routing import Answer, Request, Route, without_nulls
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.store import Store


def _token_body(store: Store, token: Record) -> dict[str, Any]:
    return without_nulls(
        {
            "id": token["id"],
            "name": token["name"],
            "permissions": token["permissions"],
            "allowedCIDRBlocks": token["allowed_cidr_blocks"],
            "createdAt": token["created_at"],
            "createdBy": actor(store, token["created_by"]),
            "updatedAt": token["updated_at"],
            "updatedBy": actor(store, token["updated_by"]),
            "rotatedAt": token["rotated_at"],
            "expiresAt": token["expires_at"],
            "lastUsedAt": token["last_used_at"],
        }
    )


def _given(request: Request) -> Record:
    document = request.document()
    return {
        "name": document["name"],
        "permissions": document["permissions"],
        "allowed_cidr_blocks": document.get("allowedCIDRBlocks"),
    }


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of tokens."""
    store = sandbox.store

    def listing(_request: Request) -> Answer:
        return Answer(body={"results": [_token_body(store, token) for token in store.tokens.all()], "next": None})

    def get(request: Request) -> Answer:
        return Answer(body=_token_body(store, store.tokens.get(request.path["id"])))

    def own(request: Request) -> Answer:
        return Answer(body=_token_body(store, store.tokens.get(request.caller.token_id)))

    def create(request: Request) -> Answer:
        token = create_token(sandbox, request.caller, _given(request))
        return Answer(body=_token_body(store, token) | {"value": token["value"]})

    def update(request: Request) -> Answer:
        token = update_token(sandbox, request.caller, request.path["id"], _given(request))
        return Answer(body=_token_body(store, token))

    def rotate(request: Request) -> Answer:
        token = rotate_token(sandbox, request.caller, request.path["id"])
        return Answer(body=_token_body(store, token) | {"value": token["value"]})

    def delete(request: Request) -> Answer:
        store.tokens.delete(request.path["id"])
        return Answer(204)

    read, modify = ("OrganizationAPITokenRead",), ("OrganizationAPITokenModify",)
    return (
        Route("GET", "/api-tokens", read, listing),
        Route("POST", "/api-tokens", modify, create),
        # Before the route with an id: "self" is none.
        Route("GET", "/api-tokens/self", (), own),
        Route("GET", "/api-tokens/{id}", read, get),
        Route("POST", "/api-tokens/{id}", modify, update),
        Route("DELETE", "/api-tokens/{id}", modify, delete),
        Route("POST", "/api-tokens/{id}/rotate", modify, rotate),
    )

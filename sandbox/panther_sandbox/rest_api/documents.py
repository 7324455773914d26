"""Globals, data models and saved queries in REST: read only in this sandbox so far."""

from __future__ import annotations

from collections.abc import Sequence

from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.documents import Kind

_COLLECTIONS = (
    ("globals", Kind.GLOBAL, "RuleRead"),
    ("data-models", Kind.DATA_MODEL, "RuleRead"),
    ("queries", Kind.QUERY, "DataAnalyticsRead"),
)


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes that list and read them."""
    return [route for path, kind, permission in _COLLECTIONS for route in _routes(sandbox, path, kind, permission)]


def _routes(sandbox: Sandbox, path: str, kind: Kind, permission: str) -> Sequence[Route]:
    documents = sandbox.store.documents

    def listing(request: Request) -> Answer:
        name = (request.text("name-contains") or "").lower()
        found = [item for item in documents.all(kind) if name in f"{item['id']} {item.get('name', '')}".lower()]
        size = page_size(request.number("limit"), default=100, most=1000)
        page = slice_page(path, found, request.text("cursor"), size)
        return Answer(body={"results": list(page.items), "next": page.next_cursor})

    def get(request: Request) -> Answer:
        return Answer(body=documents.get(kind, request.path["id"]))

    return (
        Route("GET", f"/{path}", (permission,), listing),
        Route("GET", f"/{path}/{{id}}", (permission,), get),
    )

"""Globals and data models in REST."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from panther_sandbox.clock import api_time
from panther_sandbox.detection_tests.checking import check_python
from panther_sandbox.errors import ConflictError, InvalidInputError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind


def _check_global(document: Record) -> None:
    if not document["id"].isidentifier():
        raise InvalidInputError(f"id: {document['id']!r} is not a name that Python can import")
    check_python(document["body"])


def _check_data_model(document: Record) -> None:
    names = [mapping["name"] for mapping in document["mappings"]]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"mappings: {name} is mapped twice")
    for mapping in document["mappings"]:
        if bool(mapping.get("path")) == bool(mapping.get("method")):
            raise InvalidInputError(f"mappings: {mapping['name']} must have either a path or a method")
    check_python(document["body"])


@dataclass(frozen=True)
class _Collection:
    """A kind of document: its path, what it has when nothing is said, and what it must fulfil."""

    path: str
    kind: Kind
    defaults: Record
    check: Callable[[Record], None]


_COLLECTIONS = (
    _Collection("globals", Kind.GLOBAL, {"description": "", "tags": []}, _check_global),
    _Collection(
        "data-models",
        Kind.DATA_MODEL,
        {"body": "", "description": "", "displayName": "", "enabled": False, "logTypes": [], "mappings": []},
        _check_data_model,
    ),
)


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of both."""
    return [route for collection in _COLLECTIONS for route in _routes(sandbox, collection)]


def _routes(sandbox: Sandbox, collection: _Collection) -> Sequence[Route]:
    documents, path, kind = sandbox.store.documents, collection.path, collection.kind

    def listing(request: Request) -> Answer:
        name = (request.text("name-contains") or "").lower()
        creators = [who for who in (request.text("created-by"), request.text("last-modified-by")) if who]
        found = [
            item
            for item in documents.all(kind)
            if name in item["id"].lower() and all(who == item.get("createdBy") for who in creators)
        ]
        size = page_size(request.number("limit"), default=100, most=1000)
        page = slice_page(path, found, request.text("cursor"), size)
        return Answer(body={"results": [_shown(item) for item in page.items], "next": page.next_cursor})

    def get(request: Request) -> Answer:
        return Answer(body=_shown(documents.get(kind, request.path["id"])))

    def create(request: Request) -> Answer:
        identifier = str(request.document()["id"])
        if documents.find(kind, identifier) is not None:
            raise ConflictError(f"{kind.value} exists already: {identifier}")
        return Answer(body=_shown(store_it(request, identifier, None)))

    def put(request: Request) -> Answer:
        identifier = request.path["id"]
        if request.document().get("id", identifier) != identifier:
            raise InvalidInputError("the id in the body is not the one in the path")
        existing = documents.find(kind, identifier)
        body = _shown(store_it(request, identifier, existing))
        # A global's PUT wraps its answer, alone of all.
        return Answer(200 if existing else 201, {"data": body} if kind is Kind.GLOBAL else body)

    def store_it(request: Request, identifier: str, existing: Record | None) -> Record:
        if not identifier.strip():
            raise InvalidInputError("id must not be empty")
        now = api_time(sandbox.clock.now())
        document: Record = {
            **collection.defaults,
            **request.document(),
            "id": identifier,
            "createdAt": existing["createdAt"] if existing else now,
            "createdBy": existing.get("createdBy") if existing else request.caller.token_id,
            "lastModified": now,
        }
        collection.check(document)
        documents.put(kind, identifier, document)
        return document

    def delete(request: Request) -> Answer:
        documents.delete(kind, request.path["id"])
        return Answer(204)

    read, modify = ("RuleRead",), ("RuleModify",)
    return (
        Route("GET", f"/{path}", read, listing),
        Route("POST", f"/{path}", modify, create),
        Route("GET", f"/{path}/{{id}}", read, get),
        Route("PUT", f"/{path}/{{id}}", modify, put),
        Route("DELETE", f"/{path}/{{id}}", modify, delete),
    )


def _shown(document: Record) -> Record:
    return {name: value for name, value in document.items() if name != "createdBy"}

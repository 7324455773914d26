"""Saved and scheduled queries in REST."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from panther_sandbox.clock import api_time
from panther_sandbox.errors import ConflictError, InvalidInputError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.routing import Answer, Request, Route, without_nulls
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.schedules import checked_schedule
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import DocumentStore, Kind


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of queries."""
    documents = sandbox.store.documents

    def listing(request: Request) -> Answer:
        found = sorted(documents.all(Kind.QUERY), key=lambda query: str(query["name"]))
        size = page_size(request.number("limit"), default=100, most=1000)
        page = slice_page("queries", found, request.text("cursor"), size)
        return Answer(body={"results": [without_nulls(item) for item in page.items], "next": page.next_cursor})

    def get(request: Request) -> Answer:
        return Answer(body=without_nulls(documents.get(Kind.QUERY, request.path["id"])))

    def create(request: Request) -> Answer:
        given = _checked(request)
        if _named(documents, given["name"]) is not None:
            raise ConflictError(f"query exists already: {given['name']}")
        now = api_time(sandbox.clock.now())
        query: Record = {"id": str(uuid.uuid4()), "managed": False, "createdAt": now, "updatedAt": now} | given
        documents.put(Kind.QUERY, query["id"], query)
        return Answer(body=without_nulls(query))

    def update(request: Request) -> Answer:
        existing = documents.get(Kind.QUERY, request.path["id"])
        given = _checked(request)
        holder = _named(documents, given["name"])
        if holder is not None and holder["id"] != existing["id"]:
            raise InvalidInputError(f"another query has the name {given['name']}")
        query = existing | given | {"updatedAt": api_time(sandbox.clock.now())}
        documents.put(Kind.QUERY, existing["id"], query)
        return Answer(body=without_nulls(query))

    def delete(request: Request) -> Answer:
        query = documents.get(Kind.QUERY, request.path["id"])
        users = [rule["id"] for rule in documents.all(Kind.SCHEDULED_RULE) if query["name"] in rule["scheduledQueries"]]
        if users:
            raise InvalidInputError(f"the query is used by the scheduled rule(s) {', '.join(users)}")
        documents.delete(Kind.QUERY, query["id"])
        return Answer(204)

    read, modify = ("DataAnalyticsRead",), ("DataAnalyticsModify",)
    return (
        Route("GET", "/queries", read, listing),
        Route("POST", "/queries", modify, create),
        Route("GET", "/queries/{id}", read, get),
        Route("POST", "/queries/{id}", modify, update),
        Route("DELETE", "/queries/{id}", modify, delete),
    )


def _checked(request: Request) -> Record:
    """Return the whole query that a body describes: what it leaves out is lost."""
    given = request.document()
    for name in ("name", "sql"):
        if not given[name].strip():
            raise InvalidInputError(f"{name} must not be empty")
    return {
        "name": given["name"],
        "description": given.get("description", ""),
        "sql": given["sql"],
        "schedule": checked_schedule(given.get("schedule")),
    }


def _named(documents: DocumentStore, name: str) -> Record | None:
    return next((query for query in documents.all(Kind.QUERY) if query["name"] == name), None)

"""Rules, simple rules, scheduled rules and policies in REST: one shape, four collections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from panther_sandbox.clock import api_time
from panther_sandbox.errors import InvalidInputError, NotServedError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.alerts import SEVERITIES
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind

# What the server sets; a client that echoes a whole GET back may send them, and they are ignored.
_SET_BY_SERVER = ("createdAt", "createdBy", "createdByExternal", "lastModified", "pythonBody")


@dataclass(frozen=True)
class Collection:
    """A kind of detection: its path, what a document must have, what it has when nothing is said."""

    path: str
    kind: Kind
    resource: str
    source_field: str
    defaults: Record

    @property
    def read(self) -> tuple[str, ...]:
        """The permission to read."""
        return (f"{self.resource}Read",)

    @property
    def modify(self) -> tuple[str, ...]:
        """The permission to change."""
        return (f"{self.resource}Modify",)


_COMMON: Record = {
    "displayName": "",
    "description": "",
    "enabled": False,
    "managed": False,
    "outputIDs": [],
    "reports": {},
    "tags": [],
    "tests": [],
}
_RULE: Record = _COMMON | {
    "dedupPeriodMinutes": 60,
    "runbook": "",
    "summaryAttributes": [],
    "threshold": 1,
}
COLLECTIONS = (
    Collection("rules", Kind.RULE, "Rule", "body", _RULE | {"logTypes": [], "inlineFilters": ""}),
    Collection("scheduled-rules", Kind.SCHEDULED_RULE, "Rule", "body", _RULE | {"scheduledQueries": []}),
    Collection("simple-rules", Kind.SIMPLE_RULE, "Rule", "detection", _RULE | {"logTypes": [], "inlineFilters": ""}),
    Collection("policies", Kind.POLICY, "Policy", "body", _COMMON | {"resourceTypes": [], "suppressions": []}),
)


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of all four collections."""
    return [route for collection in COLLECTIONS for route in _routes(sandbox, collection)]


def _routes(sandbox: Sandbox, collection: Collection) -> Sequence[Route]:
    documents = sandbox.store.documents

    def listing(request: Request) -> Answer:
        matches = _filter(request)
        found = [document for document in documents.all(collection.kind) if matches(document)]
        size = page_size(request.number("limit"), default=100, most=1000)
        page = slice_page(collection.path, found, request.text("cursor"), size)
        shown = [_shown(collection, request, document) for document in page.items]
        return Answer(body={"results": shown, "next": page.next_cursor})

    def get(request: Request) -> Answer:
        document = documents.get(collection.kind, request.path["id"])
        return Answer(body=_shown(collection, request, document))

    def put(request: Request) -> Answer:
        return _put(sandbox, collection, request)

    def delete(request: Request) -> Answer:
        documents.delete(collection.kind, request.path["id"])
        return Answer(204)

    return (
        Route("GET", f"/{collection.path}", collection.read, listing),
        Route("GET", f"/{collection.path}/{{id}}", collection.read, get),
        Route("PUT", f"/{collection.path}/{{id}}", collection.modify, put),
        Route("DELETE", f"/{collection.path}/{{id}}", collection.modify, delete),
    )


def _shown(collection: Collection, request: Request, document: Record) -> Record:
    """Return a document; a simple rule shows the Python it compiles to only when asked."""
    if collection.kind is Kind.SIMPLE_RULE and not request.flag("include-python"):
        return {name: value for name, value in document.items() if name != "pythonBody"}
    return document


def _filter(request: Request) -> Callable[[Record], bool]:
    name = (request.text("name-contains") or "").lower()
    state = request.choice("state", ("enabled", "disabled"))
    severities = request.choices("severity", SEVERITIES)
    created_by = request.text("created-by")
    modified_by = request.text("last-modified-by")
    request.choice("compliance-status", ("PASS", "FAIL", "ERROR"))
    overlaps = [
        (field, set(request.texts(parameter)))
        for parameter, field in (
            ("log-type", "logTypes"),
            ("tag", "tags"),
            ("resource-type", "resourceTypes"),
            ("scheduled-query", "scheduledQueries"),
        )
    ]

    def matches(document: Record) -> bool:
        creator: Record = document.get("createdBy") or {}
        author: str | None = creator.get("id")
        return bool(
            name in f"{document['id']} {document['displayName']}".lower()
            and (state is None or document["enabled"] == (state == "enabled"))
            and (not severities or document["severity"] in severities)
            and (created_by is None or author == created_by)
            and (modified_by is None or author == modified_by)
            and all(not wanted or wanted & set(document.get(field) or []) for field, wanted in overlaps)
        )

    return matches


def _put(sandbox: Sandbox, collection: Collection, request: Request) -> Answer:
    """Create or replace a document whole: what the body leaves out goes back to its default."""
    identifier = request.path["id"]
    given = _checked(collection, request, identifier)
    if request.flag("run-tests-only"):
        raise NotServedError("running a detection's unit tests")
    request.flag("run-tests-first")
    documents = sandbox.store.documents
    now = api_time(sandbox.clock.now())
    existing = documents.find(collection.kind, identifier)
    origin = existing or {"createdAt": now, "createdBy": {"id": request.caller.token_id, "type": "api-token"}}
    document: Record = {
        "id": identifier,
        **collection.defaults,
        **{name: value for name, value in given.items() if name not in _SET_BY_SERVER and value is not None},
        "createdAt": origin["createdAt"],
        "createdBy": origin["createdBy"],
        "createdByExternal": "",
        "lastModified": now,
    }
    documents.put(collection.kind, identifier, document)
    return Answer(200 if existing else 201, document)


def _checked(collection: Collection, request: Request, identifier: str) -> Record:
    given = request.document()
    if given.get("id", identifier) != identifier:
        raise InvalidInputError("the id in the body is not the one in the path")
    if not isinstance(given.get(collection.source_field), str) or not given[collection.source_field].strip():
        raise InvalidInputError(f"{collection.source_field} is required")
    if given.get("severity") not in SEVERITIES:
        raise InvalidInputError(f"severity must be one of {', '.join(SEVERITIES)}")
    return given

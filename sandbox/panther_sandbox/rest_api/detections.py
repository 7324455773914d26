"""Rules, simple rules, scheduled rules and policies in REST: one shape, four collections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from panther_sandbox.clock import api_time
from panther_sandbox.detection_tests.checking import check_python
from panther_sandbox.detections import COLLECTIONS, SEVERITIES, Collection, checked_detection, python_of, test_results
from panther_sandbox.errors import ConflictError, InvalidInputError, TestsFailedError
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.rest_api.alerts import actor
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.alerts import AlertFilter
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

# What the server sets; a client that echoes a whole GET back may send it, and it is ignored.
_SET_BY_SERVER = ("pythonBody",)


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of all four collections."""
    return [route for collection in COLLECTIONS for route in _routes(sandbox, collection)]


def _routes(sandbox: Sandbox, collection: Collection) -> Sequence[Route]:
    documents = sandbox.store.documents

    def listing(request: Request) -> Answer:
        matches = _filter(sandbox.store, collection, request)
        found = [document for document in documents.all(collection.kind) if matches(document)]
        size = page_size(request.number("limit"), default=100, most=1000)
        page = slice_page(collection.path, found, request.text("cursor"), size)
        shown = [_shown(collection, request, document) for document in page.items]
        return Answer(body={"results": shown, "next": page.next_cursor})

    def get(request: Request) -> Answer:
        document = documents.get(collection.kind, request.path["id"])
        return Answer(body=_shown(collection, request, document))

    def create(request: Request) -> Answer:
        identifier = str(request.document()["id"])
        found = documents.find_detection(identifier)
        if found is not None and not request.flag("run-tests-only"):
            raise ConflictError(f"{found[0].value} exists already: {identifier}")
        return _store(sandbox, collection, request, identifier, 200)

    def put(request: Request) -> Answer:
        identifier = request.path["id"]
        if request.document().get("id", identifier) != identifier:
            raise InvalidInputError("the id in the body is not the one in the path")
        found = documents.find_detection(identifier)
        if found is not None and found[0] is not collection.kind:
            raise InvalidInputError(f"the id belongs to a {found[0].value}: {identifier}")
        return _store(sandbox, collection, request, identifier, 200 if found else 201)

    def delete(request: Request) -> Answer:
        documents.delete(collection.kind, request.path["id"])
        return Answer(204)

    return (
        Route("GET", f"/{collection.path}", collection.read, listing),
        Route("POST", f"/{collection.path}", collection.modify, create),
        Route("GET", f"/{collection.path}/{{id}}", collection.read, get),
        Route("PUT", f"/{collection.path}/{{id}}", collection.modify, put),
        Route("DELETE", f"/{collection.path}/{{id}}", collection.modify, delete),
    )


def _shown(collection: Collection, request: Request, document: Record) -> Record:
    """Return a document; a simple rule shows the Python it compiles to only when asked."""
    if collection.kind is Kind.SIMPLE_RULE and not request.flag("include-python"):
        return {name: value for name, value in document.items() if name != "pythonBody"}
    return document


def _filter(store: Store, collection: Collection, request: Request) -> Callable[[Record], bool]:
    name = (request.text("name-contains") or "").lower()
    state = request.choice("state", ("enabled", "disabled"))
    severities = request.choices("severity", SEVERITIES)
    created_by = request.text("created-by")
    modified_by = request.text("last-modified-by")
    compliance = request.choice("compliance-status", ("PASS", "FAIL", "ERROR"))
    failing = _failing_policies(store) if compliance and collection.kind is Kind.POLICY else set[str]()
    overlaps = [
        (field, set(request.texts(parameter)))
        for parameter, field in (
            ("log-type", "logTypes"),
            ("tag", "tags"),
            ("resource-type", "resourceTypes"),
            ("scheduled-query", "scheduledQueries"),
        )
        if field in collection.defaults
    ]

    def matches(document: Record) -> bool:
        creator: Record = document.get("createdBy") or {}
        author: str | None = creator.get("id")
        verdict = "FAIL" if document["id"] in failing else "PASS"
        return bool(
            name in f"{document['id']} {document['displayName']}".lower()
            and (state is None or document["enabled"] == (state == "enabled"))
            and (not severities or document["severity"] in severities)
            and (created_by is None or author == created_by)
            and (modified_by is None or author == modified_by)
            and (compliance is None or collection.kind is not Kind.POLICY or compliance == verdict)
            and all(not wanted or wanted & set(document.get(field) or []) for field, wanted in overlaps)
        )

    return matches


def _failing_policies(store: Store) -> set[str]:
    """Return the policies that some resource fails: those with an alert that nobody has settled."""
    unsettled = AlertFilter(subtypes=("POLICY",), statuses=("OPEN", "TRIAGED"))
    return {alert["detection_id"] for alert in store.alerts.page(unsettled, None, 10_000).items}


def _store(sandbox: Sandbox, collection: Collection, request: Request, identifier: str, status: int) -> Answer:
    """Store a detection whole, once its tests pass: what the body leaves out goes back to its default."""
    only_tests = request.flag("run-tests-only")
    tests_first = request.flag("run-tests-first") is not False
    if not identifier.strip():
        raise InvalidInputError("id must not be empty")
    given = {name: value for name, value in request.document().items() if name not in _SET_BY_SERVER}
    document = checked_detection(collection, {**collection.defaults, **given, "id": identifier})
    check_python(python_of(collection, document), collection.source_field)
    if only_tests or (tests_first and document["tests"]):
        results = test_results(sandbox.store, collection, document)
        if not all(result["passed"] for result in results):
            raise TestsFailedError(results)
    if only_tests:
        return Answer(204)
    store = sandbox.store
    now = api_time(sandbox.clock.now())
    existing = store.documents.find(collection.kind, identifier)
    author = actor(store, request.caller.token_id)
    document |= {
        "createdAt": existing["createdAt"] if existing else now,
        "createdBy": existing["createdBy"] if existing else author,
        "createdByExternal": "",
        "lastModified": now,
    }
    store.documents.put(collection.kind, identifier, document)
    return Answer(status, document)

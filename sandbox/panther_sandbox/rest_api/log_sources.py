"""HTTP log sources in REST; the answers hold the source's own secrets, as a live Panther's do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from panther_sandbox.clock import api_time
from panther_sandbox.errors import ConflictError, InvalidInputError, ObjectNotFoundError
from panther_sandbox.rest_api.routing import Answer, Request, Route
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import DocumentStore, Kind

_TYPE = "HTTPLogIntegration"
_AUTH_FIELDS = (
    "authBearerToken",
    "authHeaderKey",
    "authHmacAlg",
    "authMethod",
    "authPassword",
    "authSecretValue",
    "authUsername",
)
_NEEDED = {
    "SharedSecret": ("authHeaderKey", "authSecretValue"),
    "HMAC": ("authHeaderKey", "authSecretValue", "authHmacAlg"),
    "Bearer": ("authBearerToken",),
    "Basic": ("authUsername", "authPassword"),
    "None": (),
}
# What the seeded webhook is protected with.
_UNTOLD = {
    "authMethod": "SharedSecret",
    "authHeaderKey": "x-panther-secret",
    "authSecretValue": "sandbox-webhook-secret",
    "logStreamType": "Auto",
}


def routes(sandbox: Sandbox) -> Sequence[Route]:
    """Return the routes of HTTP sources."""
    documents = sandbox.store.documents

    def get(request: Request) -> Answer:
        return Answer(body=_shown(_source(documents, request.path["id"])))

    def create(request: Request) -> Answer:
        given = _checked(documents, request, None)
        now = api_time(sandbox.clock.now())
        source: Record = {
            "__typename": _TYPE,
            "integrationId": str(uuid.uuid4()),
            "integrationType": "http",
            "createdAtTime": now,
            "createdBy": request.caller.token_id,
            "isEditable": True,
            "isHealthy": True,
            "lastEventReceivedAtTime": None,
            "lastEventProcessedAtTime": None,
            "lastModified": now,
            **given,
        }
        documents.put(Kind.SOURCE, source["integrationId"], source)
        return Answer(201, _shown(source))

    def put(request: Request) -> Answer:
        existing = _source(documents, request.path["id"])
        given = _checked(documents, request, existing["integrationId"])
        source = existing | given | {"lastModified": api_time(sandbox.clock.now())}
        documents.put(Kind.SOURCE, source["integrationId"], source)
        return Answer(body=_shown(source))

    def delete(request: Request) -> Answer:
        documents.delete(Kind.SOURCE, _source(documents, request.path["id"])["integrationId"])
        return Answer(204)

    read, modify = ("LogSourceRead",), ("LogSourceModify",)
    return (
        Route("POST", "/log-sources/http", modify, create),
        Route("GET", "/log-sources/http/{id}", read, get),
        Route("PUT", "/log-sources/http/{id}", modify, put),
        Route("DELETE", "/log-sources/http/{id}", modify, delete),
    )


def _source(documents: DocumentStore, identifier: str) -> Record:
    source = documents.get(Kind.SOURCE, identifier)
    if source["__typename"] != _TYPE:
        raise ObjectNotFoundError("HTTP log source", identifier)
    return source


def _checked(documents: DocumentStore, request: Request, identifier: str | None) -> Record:
    given = request.document()
    label = given["integrationLabel"]
    if not label.strip():
        raise InvalidInputError("integrationLabel must not be empty")
    if not given["logTypes"]:
        raise InvalidInputError("logTypes must not be empty")
    for source in documents.all(Kind.SOURCE):
        if source["integrationLabel"] == label and source["integrationId"] != identifier:
            raise ConflictError(f"log source exists already: {label}")
    missing = [name for name in _NEEDED[given["authMethod"]] if not given.get(name)]
    if missing:
        raise InvalidInputError(f"authMethod {given['authMethod']} needs {', '.join(missing)}")
    settings = {name: given[name] for name in (*_AUTH_FIELDS, "logStreamType", "logStreamTypeOptions") if name in given}
    return {"integrationLabel": label, "logTypes": given["logTypes"], "http": settings}


def _shown(source: Record) -> dict[str, Any]:
    return {
        "integrationId": source["integrationId"],
        "integrationLabel": source["integrationLabel"],
        "logTypes": source["logTypes"],
        **source.get("http", _UNTOLD),
    }

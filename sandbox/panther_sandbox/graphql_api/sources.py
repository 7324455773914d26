"""Log sources in GraphQL: all kinds are listed, those that read an S3 bucket can be made and changed."""

from __future__ import annotations

import re
import uuid
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import ConflictError, InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.actors import actor_node
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later
from panther_sandbox.paging import slice_page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import DocumentStore, Kind
from panther_sandbox.store.store import Store

_PAGE = 25
_S3 = "S3LogIntegration"
_ACCOUNT = re.compile(r"\d{12}")
Input = dict[str, Any]


def _source_node(store: Store, document: Record) -> dict[str, Any]:
    return {**document, "createdBy": later(lambda: actor_node(store, document["createdBy"]))}


def check_account(value: str) -> str:
    """Return the id of an AWS account; raise InvalidInputError when it is none."""
    if not _ACCOUNT.fullmatch(value):
        raise InvalidInputError(f"awsAccountId: {value!r} is not an AWS account id of 12 digits")
    return value


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def sources(_caller: Caller, input: Input | None = None) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        documents = store.documents.all(Kind.SOURCE)
        page = slice_page("sources", documents, (input or {}).get("cursor"), _PAGE)
        return connection(page, [_source_node(store, document) for document in page.items])

    def source(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return _source_node(store, store.documents.get(Kind.SOURCE, id))

    read = ("LogSourceRead",)
    return {"sources": Operation(sources, read), "source": Operation(source, read)}


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store, documents = sandbox.store, sandbox.store.documents

    def create(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        now = api_time(sandbox.clock.now())
        identifier = str(uuid.uuid4())
        source: Record = {
            "__typename": _S3,
            "integrationId": identifier,
            "integrationType": "aws-s3",
            "createdAtTime": now,
            "createdBy": caller.token_id,
            "isEditable": True,
            "isHealthy": True,
            "lastEventReceivedAtTime": None,
            "lastEventProcessedAtTime": None,
            "lastModified": now,
            "awsAccountId": check_account(input["awsAccountId"]),
            "s3Bucket": input["s3Bucket"],
            "stackName": f"panther-log-analysis-{identifier[:8]}",
            **_settings(documents, input, None),
        }
        documents.put(Kind.SOURCE, identifier, source)
        return {"logSource": _source_node(store, source)}

    def update(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        existing = documents.get(Kind.SOURCE, input["id"])
        if existing["__typename"] != _S3:
            raise ObjectNotFoundError("S3 log source", input["id"])
        stamp = {"lastModified": api_time(sandbox.clock.now())}
        source = existing | _settings(documents, input, input["id"]) | stamp
        documents.put(Kind.SOURCE, input["id"], source)
        return {"logSource": _source_node(store, source)}

    def delete(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        documents.delete(Kind.SOURCE, input["id"])
        return {"id": input["id"]}

    modify = ("LogSourceModify",)
    return {
        "createS3Source": Operation(create, modify),
        "updateS3Source": Operation(update, modify),
        "deleteSource": Operation(delete, modify),
    }


def _settings(documents: DocumentStore, given: Input, identifier: str | None) -> Record:
    label = given["label"]
    if not label.strip():
        raise InvalidInputError("label must not be empty")
    for source in documents.all(Kind.SOURCE):
        if source["integrationLabel"] == label and source["integrationId"] != identifier:
            raise ConflictError(f"log source exists already: {label}")
    prefixes = given["s3PrefixLogTypes"]
    if not prefixes:
        raise InvalidInputError("s3PrefixLogTypes must not be empty")
    return {
        "integrationLabel": label,
        "kmsKey": given.get("kmsKey") or None,
        "logProcessingRole": given["logProcessingRole"],
        "logStreamType": given["logStreamType"],
        "logStreamTypeOptions": given.get("logStreamTypeOptions"),
        "managedBucketNotifications": given["managedBucketNotifications"],
        "s3Prefix": prefixes[0]["prefix"],
        "s3PrefixLogTypes": prefixes,
        "logTypes": sorted({log_type for item in prefixes for log_type in item["logTypes"]}),
    }

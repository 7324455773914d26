"""Bulk uploads in GraphQL: at once, or with a receipt that is asked for the outcome."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import BundleError, ConflictError, InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.operation import Operation, Operations
from panther_sandbox.permissions import VALIDATE_UPLOADS
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind

_MODE = "CLASSIC_ZIP"
Input = dict[str, Any]


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    documents = sandbox.store.documents

    def receipt(receipt_id: str, purpose: str) -> Record:
        found = documents.find(Kind.UPLOAD, receipt_id)
        if found is None or found["purpose"] != purpose:
            raise ObjectNotFoundError("receipt", receipt_id)
        return found

    def uploaded(_caller: Caller, receiptId: str) -> Record:  # noqa: N803 - GraphQL's name
        return receipt(receiptId, "upload")

    def validated(_caller: Caller, receiptId: str) -> Record:  # noqa: N803 - GraphQL's name
        return receipt(receiptId, "validation")

    return {
        "detectionEntitiesUploadStatus": Operation(uploaded, ("BulkUpload",)),
        "validateBulkUploadStatus": Operation(validated, ("BulkUpload", VALIDATE_UPLOADS)),
    }


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""

    def at_once(caller: Caller, input: Input) -> Record:  # noqa: A002 - GraphQL's name
        return _upload(sandbox, caller, input["data"], input.get("mode") or _MODE)

    def later(caller: Caller, input: Input) -> Record:  # noqa: A002 - GraphQL's name
        mode = input.get("mode") or _MODE
        dry_run = bool(input.get("dryRun"))
        return _receipt(sandbox, "upload", mode, lambda: _upload(sandbox, caller, input["data"], mode, dry_run=dry_run))

    def validation(_caller: Caller, input: Input) -> Record:  # noqa: A002 - GraphQL's name
        return _receipt(sandbox, "validation", _MODE, lambda: _issues(input["data"]))

    return {
        "uploadDetectionEntities": Operation(at_once, ("BulkUpload",)),
        "uploadDetectionEntitiesAsync": Operation(later, ("BulkUpload",)),
        "validateBulkUpload": Operation(validation, ("BulkUpload", VALIDATE_UPLOADS)),
    }


def _upload(sandbox: Sandbox, caller: Caller, data: str, mode: str, *, dry_run: bool = False) -> Record:
    # Imported here, for YAML and zip files are needed by nothing at the start.
    from panther_sandbox.uploads.importing import upload

    return upload(sandbox, caller, data, mode, dry_run=dry_run)


def _issues(data: str) -> Record:
    # Imported here, for YAML and zip files are needed by nothing at the start.
    from panther_sandbox.uploads.importing import validate

    return {"issues": validate(data)[1]}


def _receipt(sandbox: Sandbox, purpose: str, mode: str, work: Callable[[], Record]) -> Record:
    """Do the work and note its outcome under a new receipt."""
    created = api_time(sandbox.clock.now())
    outcome: Record = {"status": "COMPLETED", "error": None, "result": None}
    try:
        outcome["result"] = work()
    except BundleError as error:
        # As clients of Panther read it: where single files are wrong, the error is JSON.
        outcome |= {"status": "FAILED", "error": json.dumps({"issues": error.issues})}
    except (InvalidInputError, ConflictError) as error:
        outcome |= {"status": "FAILED", "error": str(error)}
    identifier = str(uuid.uuid4())
    times = {"createdAt": created, "updatedAt": api_time(sandbox.clock.now())}
    document: Record = {"id": identifier, "purpose": purpose, "mode": mode, **times, **outcome}
    sandbox.store.documents.put(Kind.UPLOAD, identifier, document)
    return {"receiptId": identifier}

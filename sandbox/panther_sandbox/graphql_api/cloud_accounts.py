"""Cloud accounts in GraphQL."""

from __future__ import annotations

import uuid
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import ConflictError, InvalidInputError
from panther_sandbox.graphql_api.actors import actor_node
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later
from panther_sandbox.graphql_api.sources import check_account
from panther_sandbox.paging import slice_page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

_PAGE = 25
_LISTS = ("awsRegionIgnoreList", "resourceRegexIgnoreList", "resourceTypeIgnoreList")
Input = dict[str, Any]


def _node(store: Store, document: Record) -> dict[str, Any]:
    return {**document, "createdBy": later(lambda: actor_node(store, document["createdBy"]))}


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def accounts(_caller: Caller, input: Input | None = None) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        page = slice_page("cloudAccounts", store.documents.all(Kind.CLOUD_ACCOUNT), (input or {}).get("cursor"), _PAGE)
        return connection(page, [_node(store, document) for document in page.items])

    def account(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return _node(store, store.documents.get(Kind.CLOUD_ACCOUNT, id))

    read = ("CloudsecSourceRead",)
    return {"cloudAccount": Operation(account, read), "cloudAccounts": Operation(accounts, read)}


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store, documents = sandbox.store, sandbox.store.documents

    def create(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        aws_account = check_account(input["awsAccountId"])
        if any(item["awsAccountId"] == aws_account for item in documents.all(Kind.CLOUD_ACCOUNT)):
            raise ConflictError(f"cloud account exists already: {aws_account}")
        now = api_time(sandbox.clock.now())
        account: Record = {
            "id": str(uuid.uuid4()),
            "awsAccountId": aws_account,
            "awsStackName": f"panther-cloudsec-{aws_account}",
            "createdAt": now,
            "createdBy": caller.token_id,
            "isEditable": True,
            "isRealtimeScanningEnabled": False,
            **dict.fromkeys(_LISTS, ()),
            **_settings(input),
            "lastModifiedAt": now,
        }
        documents.put(Kind.CLOUD_ACCOUNT, account["id"], account)
        return {"cloudAccount": _node(store, account)}

    def update(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        existing = documents.get(Kind.CLOUD_ACCOUNT, input["id"])
        account = existing | _settings(input) | {"lastModifiedAt": api_time(sandbox.clock.now())}
        documents.put(Kind.CLOUD_ACCOUNT, account["id"], account)
        return {"cloudAccount": _node(store, account)}

    def delete(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        documents.delete(Kind.CLOUD_ACCOUNT, input["id"])
        return {"id": input["id"]}

    modify = ("CloudsecSourceModify",)
    return {
        "createCloudAccount": Operation(create, modify),
        "updateCloudAccount": Operation(update, modify),
        "deleteCloudAccount": Operation(delete, modify),
    }


def _settings(given: Input) -> Record:
    if not given["label"].strip():
        raise InvalidInputError("label must not be empty")
    lists = {name: given[name] for name in _LISTS if given.get(name) is not None}
    return {"label": given["label"], "awsScanConfig": given["awsScanConfig"], **lists}

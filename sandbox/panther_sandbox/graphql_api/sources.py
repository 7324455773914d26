"""Log sources in GraphQL."""

from __future__ import annotations

from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later
from panther_sandbox.graphql_api.people import actor_node
from panther_sandbox.paging import slice_page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

_PAGE = 25


def _source_node(store: Store, document: Record) -> dict[str, Any]:
    return {**document, "createdBy": later(lambda: actor_node(store, document["createdBy"]))}


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def sources(_caller: Caller, input: dict[str, Any] | None = None) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        documents = store.documents.all(Kind.SOURCE)
        page = slice_page("sources", documents, (input or {}).get("cursor"), _PAGE)
        return connection(page, [_source_node(store, document) for document in page.items])

    def source(_caller: Caller, id: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return _source_node(store, store.documents.get(Kind.SOURCE, id))

    read = ("LogSourceRead",)
    return {"sources": Operation(sources, read), "source": Operation(source, read)}


def mutations(_sandbox: Sandbox) -> Operations:
    """Return the served mutations: none yet."""
    return {}

"""Runs GraphQL documents: parsed and validated once each, errors shaped as Panther's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - graphql-core leaves `middleware` untyped
    get_operation_ast,
    parse,
    validate,
)

from panther_sandbox.auth import Caller
from panther_sandbox.errors import SandboxError
from panther_sandbox.graphql_api import (
    ai,
    alerts,
    cloud_accounts,
    data_lake,
    detections,
    instance,
    metrics,
    people,
    schemas,
    sources,
    uploads,
)
from panther_sandbox.graphql_api.definition import executable_schema
from panther_sandbox.graphql_api.operation import Operations
from panther_sandbox.sandbox import Sandbox

_CACHED_DOCUMENTS = 256
_log = logging.getLogger(__name__)


class GraphQLApi:
    """The GraphQL endpoint without its HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._journal = sandbox.journal
        self._schema: GraphQLSchema = executable_schema(*operations_of(sandbox))
        self._prepare = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._parse_and_validate)

    def answer(
        self, caller: Caller, document: str, variables: Mapping[str, Any] | None, operation_name: str | None
    ) -> dict[str, Any]:
        """Execute a document and return the response's body."""
        parsed, errors = self._prepare(document)
        if parsed is None:
            return {"errors": [error.formatted for error in errors], "data": None}
        result = execute_sync(
            self._schema,
            parsed,
            context_value=caller,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
        )
        body = _body(result)
        operation = get_operation_ast(parsed, operation_name)
        if operation is not None and operation.operation is OperationType.MUTATION:
            self._journal.note_mutations(_root_fields(operation), variables, body)
        return body

    def _parse_and_validate(self, document: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
        try:
            parsed = parse(document)
        except GraphQLError as error:
            return None, [error]
        errors = validate(self._schema, parsed)
        return (None, errors) if errors else (parsed, [])


def operations_of(sandbox: Sandbox) -> tuple[Operations, Operations]:
    """Return the served queries and mutations."""
    domains = (
        alerts,
        people,
        data_lake,
        sources,
        cloud_accounts,
        schemas,
        detections,
        uploads,
        metrics,
        instance,
        ai,
    )
    queries = {name: operation for domain in domains for name, operation in domain.queries(sandbox).items()}
    mutations = {name: operation for domain in domains for name, operation in domain.mutations(sandbox).items()}
    return queries, mutations


def _root_fields(operation: OperationDefinitionNode) -> dict[str, str]:
    """Return the fields at an operation's root by their keys; those in fragments are left out."""
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return {(node.alias or node.name).value: node.name.value for node in fields}


def _body(result: ExecutionResult) -> dict[str, Any]:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_formatted(error) for error in result.errors]
    return body


def _formatted(error: GraphQLError) -> dict[str, Any]:
    formatted: dict[str, Any] = dict(error.formatted)
    original = error.original_error
    if original is not None and not isinstance(original, SandboxError | GraphQLError):
        # A fault of ours: the client learns that much and no more.
        _log.error("GraphQL resolver failed", exc_info=original)
        formatted["message"] = "internal server error"
    return formatted

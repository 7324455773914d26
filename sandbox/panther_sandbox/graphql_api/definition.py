"""The executable schema: the published SDL, what a live Panther has beyond it, and our resolvers."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, build_schema

from panther_sandbox.errors import NotServedError
from panther_sandbox.graphql_api.operation import Operation, Operations, caller_of

# graphql-core's own @deprecated names a location that older clients do not know and crash on.
_DEPRECATED = """
directive @deprecated(reason: String = "No longer supported")
    on FIELD_DEFINITION | ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
"""
_SOURCE_FIELDS = """
    createdAtTime: DateTime!
    createdBy: Actor
    integrationId: ID!
    integrationLabel: String!
    integrationType: String!
    isEditable: Boolean!
    isHealthy: Boolean!
    lastEventProcessedAtTime: DateTime
    lastEventReceivedAtTime: DateTime
    lastModified: DateTime
    logTypes: [String!]!
"""
# The published schema has one kind of log source only; a live instance answers with these as well.
OTHER_SOURCE_TYPES = ("EventBridgeLogIntegration", "HTTPLogIntegration", "PullerLogIntegration")


def executable_schema(queries: Operations, mutations: Operations) -> GraphQLSchema:
    """Return the schema whose served fields run our resolvers; every other field says that it is not served."""
    sdl = (files("panther_schema") / "panther.graphql").read_text(encoding="utf-8")
    others = "\n".join(f"type {name} implements LogIntegration {{{_SOURCE_FIELDS}}}" for name in OTHER_SOURCE_TYPES)
    schema = build_schema("\n".join((_DEPRECATED, sdl, others)))
    for root, operations in ((schema.query_type, queries), (schema.mutation_type, mutations)):
        if root is not None:
            _attach(root, operations)
    return schema


def _attach(root: GraphQLObjectType, operations: Operations) -> None:
    unknown = set(operations) - set(root.fields)
    if unknown:
        raise ValueError(f"{root.name} has no fields {sorted(unknown)}")
    for name, field in root.fields.items():
        operation = operations.get(name)
        _set_resolver(field, partial(_serve, operation) if operation else partial(_refuse, name))


def _set_resolver(field: GraphQLField, resolver: Any) -> None:
    field.resolve = resolver


def _serve(operation: Operation, _root: None, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    caller = caller_of(info)
    caller.require(*operation.any_of)
    return operation.resolve(caller, **arguments)


def _refuse(name: str, _root: None, _info: GraphQLResolveInfo, **_arguments: Any) -> None:
    raise NotServedError(name)

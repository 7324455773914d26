"""Answers as an older Panther does, whose schema lacks types, fields, inputs or enum values.

What a document asks of them fails in validation, before anything is executed, as with any GraphQL server; introspection
does not show them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from graphql import (
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    build_ast_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - graphql-core leaves `middleware` untyped
    parse,
    print_schema,
    validate,
)
from graphql.execution.values import get_variable_values
from graphql.language.ast import DefinitionNode, Node

from panther_sandbox.faults.answers import answer_schema
from panther_sandbox.faults.target import Asked

_KINDS_OF_SCHEMAS = 64


def older_answer(asked: Asked, lacking: frozenset[str]) -> dict[str, Any] | None:
    """Return what a Panther without `lacking` answers otherwise than this one, or None where the request is served.

    `lacking` holds types and their members: `Detection`, `Alert.runbook`, `Query.alerts`, `Severity.LOW`.
    """
    schema = _older_schema(lacking)
    document = DocumentNode(definitions=(asked.operation, *asked.fragments.values()))
    errors = validate(schema, document)
    if not errors:
        values = get_variable_values(schema, asked.operation.variable_definitions, asked.variables)
        errors = values if isinstance(values, list) else []
    if errors:
        return {"errors": [error.formatted for error in errors], "data": None}
    if asked.root_fields() <= {"__schema", "__type"}:
        result = execute_sync(schema, document, variable_values=asked.variables)
        return {"data": result.data}
    return None


@lru_cache(maxsize=_KINDS_OF_SCHEMAS)
def _older_schema(lacking: frozenset[str]) -> GraphQLSchema:
    document = parse(print_schema(answer_schema()))
    kept = (_reduced(node, lacking) for node in document.definitions if _name(node) not in lacking)
    # A type that has lost all of its fields is no valid one, but can be asked for.
    return build_ast_schema(DocumentNode(definitions=tuple(kept)), assume_valid=True)


def _reduced(node: DefinitionNode, lacking: frozenset[str]) -> DefinitionNode:
    """Return a type's definition without what is lacking."""
    if isinstance(node, UnionTypeDefinitionNode):
        node.types = tuple(part for part in node.types if _name(part) not in lacking)
    elif isinstance(node, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode | InputObjectTypeDefinitionNode):
        fields = cast("tuple[FieldDefinitionNode | InputValueDefinitionNode, ...]", node.fields)
        of_type = tuple(part for part in fields if f"{_name(node)}.{_name(part)}" not in lacking)
        node.fields = cast("Any", tuple(part for part in of_type if _named(part.type) not in lacking))
    elif isinstance(node, EnumTypeDefinitionNode):
        values: tuple[EnumValueDefinitionNode, ...] = node.values
        node.values = tuple(part for part in values if f"{_name(node)}.{_name(part)}" not in lacking)
    return node


def _name(node: Node) -> str:
    return str(cast("Any", node).name.value) if getattr(node, "name", None) is not None else ""


def _named(kind: TypeNode) -> str:
    while not isinstance(kind, NamedTypeNode):
        kind = cast("Any", kind).type
    return kind.name.value

"""Walks a GraphQL answer beside the schema, so that every value is met with its type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.values import get_argument_values, get_variable_values

from panther_sandbox.faults.target import Asked
from panther_sandbox.graphql_api.definition import executable_schema


@dataclass(frozen=True)
class Place:
    """A value's place in an answer.

    Attributes:
        holder: The object or list that holds the value.
        key: Where in the holder it is.
        field: The name of the field that it is, or that the list it stands in is.
        parent: The type that has the field.
        type: The value's type, with what is said about null and lists (graphql-core leaves those untyped).
        above: The place of the nearest object or list around it; None for a root field.
        arguments: What the field was asked with.
        nodes: Where the request asks for it.
    """

    holder: Any
    key: str | int
    field: str
    parent: GraphQLObjectType
    type: Any
    above: Place | None
    arguments: dict[str, Any]
    nodes: list[FieldNode]

    @property
    def value(self) -> Any:
        """The value itself."""
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        """Put another value there."""
        self.holder[self.key] = value

    @property
    def path(self) -> list[str | int]:
        """Where it is, as GraphQL's errors write it."""
        return [*(self.above.path if self.above else []), self.key]

    @property
    def nullable(self) -> bool:
        """Whether the schema allows a null here."""
        return not is_non_null_type(self.type)

    @property
    def in_list(self) -> bool:
        """Whether it is an item of a list."""
        return isinstance(self.key, int)

    @property
    def leaf(self) -> bool:
        """Whether it is a scalar or an enum value."""
        return is_leaf_type(self._nullable_type)

    @property
    def list_of(self) -> Any:
        """The type of the items when it is a list, else None."""
        return self._nullable_type.of_type if is_list_type(self._nullable_type) else None

    @property
    def named_type(self) -> GraphQLNamedType:
        """The type without what is said about null and lists."""
        return cast("GraphQLNamedType", get_named_type(self.type))

    @property
    def _nullable_type(self) -> Any:
        return self.type.of_type if is_non_null_type(self.type) else self.type


@lru_cache(maxsize=1)
def answer_schema() -> GraphQLSchema:
    """Return the schema that answers follow."""
    return executable_schema({}, {})


class Walk:
    """The answer to a request."""

    def __init__(self, asked: Asked, data: dict[str, Any]) -> None:
        self._schema = answer_schema()
        self._asked = asked
        self._data = data
        given = get_variable_values(self._schema, asked.operation.variable_definitions, asked.variables)
        # A list says what is wrong with the variables; there is no data to walk through then.
        self._variables = given if isinstance(given, dict) else {}

    def places(self) -> Iterator[Place]:
        """Yield every value, those around before those within, in the answer's order."""
        root = self._schema.get_root_type(self._asked.operation.operation)
        if root is None:
            return
        fields = collect_fields(
            self._schema, self._asked.fragments, self._variables, root, self._asked.operation.selection_set
        )
        yield from self._object(self._data, root, fields, None)

    def object_type(self, place: Place) -> GraphQLObjectType | None:
        """Return the type of the object at a place; None when there is no object, or one that nothing tells of."""
        value = place.value
        return self._concrete(place, cast("dict[str, Any]", value)) if isinstance(value, dict) else None

    def subfields(self, place: Place, kind: GraphQLObjectType) -> dict[str, str]:
        """Return what is asked of the object at a place if it is of a type: the fields' names by their keys."""
        return {key: nodes[0].name.value for key, nodes in self._subfields(place, kind).items()}

    def common_subfields(self, place: Place) -> dict[str, str]:
        """Return what is asked of the object at a place whatever its type is, not in a fragment on a type."""
        # An interface or union has what collecting needs of an object's type.
        return self.subfields(place, cast("GraphQLObjectType", place.named_type))

    def _object(
        self,
        value: dict[str, Any],
        kind: GraphQLObjectType,
        fields: dict[str, list[FieldNode]],
        above: Place | None,
    ) -> Iterator[Place]:
        for key, nodes in fields.items():
            definition = kind.fields.get(nodes[0].name.value)
            # __typename and the parts of introspection are in no type's fields.
            if definition is None or key not in value:
                continue
            arguments = get_argument_values(definition, nodes[0], self._variables) if definition.args else {}
            name = nodes[0].name.value
            yield from self._value(Place(value, key, name, kind, definition.type, above, arguments, nodes))

    def _value(self, place: Place) -> Iterator[Place]:
        yield place
        value = place.value
        if place.list_of is not None:
            for index in range(len(value or ())):
                yield from self._value(replace(place, holder=value, key=index, type=place.list_of, above=place))
        elif isinstance(value, dict):
            found = cast("dict[str, Any]", value)
            concrete = self._concrete(place, found)
            if concrete is not None:
                yield from self._object(found, concrete, self._subfields(place, concrete), place)

    def _concrete(self, place: Place, value: dict[str, Any]) -> GraphQLObjectType | None:
        """Return the type of an object; of several that it could be, one whose fields are those that are there."""
        named = place.named_type
        if isinstance(named, GraphQLObjectType):
            return named
        if not isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return None
        for kind in self._schema.get_possible_types(named):
            fields = self.subfields(place, kind)
            types = (value.get(key) for key, name in fields.items() if name == "__typename")
            if set(fields) == set(value) and all(name == kind.name for name in types):
                return kind
        return None

    def _subfields(self, place: Place, kind: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        return collect_sub_fields(self._schema, self._asked.fragments, self._variables, kind, place.nodes)

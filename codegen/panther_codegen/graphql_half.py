"""What the manifest can say about a GraphQL operation: its variables, how it is called, what it returns."""

# graphql-core's wrapping types are generic without saying of what, so pyright cannot follow `of_type`.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false

from collections.abc import Mapping
from functools import partial
from typing import cast

from ariadne_codegen.utils import process_name, str_to_snake_case
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    InlineFragmentNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeNode,
    get_named_type,
    is_input_type,
    is_required_input_field,
    type_from_ast,
)
from pydantic import JsonValue

from panther_codegen.ir import JsonType, Leaf, Listing, Record, Shape
from panther_codegen.operation import Call, Imports, Operation, Variable, VariablePath
from panther_codegen.problems import Problems
from panther_codegen.sources import Sources, root_field

_SCALARS: dict[str, tuple[str, JsonType]] = {
    "Boolean": ("bool", "boolean"),
    "Float": ("float", "number"),
    "Int": ("int", "integer"),
    "JSON": ("object", "any"),
    "Long": ("int", "integer"),
}


def method_name(operation: str) -> str:
    """Return the client's method for a named operation: `ListAlerts` is `list_alerts`."""
    return str_to_snake_case(operation)


class GraphQLHalf:
    """Answers questions about the named operations of `sources`."""

    def __init__(self, sources: Sources, problems: Problems) -> None:
        self._sources = sources
        self._problems = problems

    def find(self, name: str) -> Operation | None:
        """Return the named operation, or None if there is none of that name."""
        node = self._sources.operations.get(name)
        if node is None or root_field(node) is None or name in self._sources.broken:
            return None
        return Operation(
            name=name,
            writes=node.operation is OperationType.MUTATION,
            variables=self._variables(node),
            missing=partial(self._missing, node),
            call=partial(self._call, node),
            result=lambda _fields, tool: (self._result(node, tool), []),
        )

    def _variables(self, operation: OperationDefinitionNode) -> dict[VariablePath, Variable]:
        """Return every place that can be filled: the variables, and the fields of those that are objects."""
        found: dict[VariablePath, Variable] = {}
        for definition in operation.variable_definitions:
            kind = self._variable_type(definition.type)
            name = definition.variable.name.value
            required = isinstance(definition.type, NonNullTypeNode) and definition.default_value is None
            self._add_variables((name,), kind, required, found)
        return found

    def _missing(self, operation: OperationDefinitionNode, filled: frozenset[VariablePath]) -> list[VariablePath]:
        """Return the required places that `filled` leaves empty; an object counts once one field is filled."""
        objects = {path[:1] for path in filled if len(path) > 1}
        return [
            path
            for path, variable in self._variables(operation).items()
            if variable.required
            and path not in filled
            and path not in objects
            and (len(path) == 1 or path[:1] in objects or self._is_required(operation, path[0]))
        ]

    def _call(self, operation: OperationDefinitionNode, values: Mapping[VariablePath, str]) -> Call:
        """Return the call of the client's method; `values` maps places to Python expressions."""
        arguments: list[str] = []
        imports: set[tuple[str, str]] = set()
        for definition in operation.variable_definitions:
            name = definition.variable.name.value
            below = {path[1]: value for path, value in values.items() if path[0] == name and len(path) == 2}
            keyword = process_name(name, convert_to_snake_case=False)
            if (name,) in values:
                arguments.append(f"{keyword}={values[name,]}")
            elif below:
                kind = get_named_type(self._variable_type(definition.type))
                fields = ", ".join(f"{field}={value}" for field, value in below.items())
                arguments.append(f"{keyword}={kind.name}({fields})")
                imports.add(("panther_client.graphql.input_types", kind.name))
        assert operation.name is not None
        method = method_name(operation.name.value)
        return Call(f"call.graphql.{method}({', '.join(arguments)})", frozenset(imports))

    def _result(self, operation: OperationDefinitionNode, tool: str) -> Shape:
        """Return the shape of the operation's one root field."""
        field = root_field(operation)
        assert field is not None
        root = (
            self._sources.schema.mutation_type
            if operation.operation is OperationType.MUTATION
            else self._sources.schema.query_type
        )
        assert root is not None
        return self._shape(root.fields[field.name.value].type, root, field, tool)

    def _variable_type(self, node: TypeNode) -> GraphQLInputType:
        kind = type_from_ast(self._sources.schema, node)
        assert is_input_type(kind)
        return cast("GraphQLInputType", kind)

    def _is_required(self, operation: OperationDefinitionNode, name: str) -> bool:
        return any(
            definition.variable.name.value == name
            and isinstance(definition.type, NonNullTypeNode)
            and definition.default_value is None
            for definition in operation.variable_definitions
        )

    def _add_variables(
        self,
        path: VariablePath,
        kind: GraphQLInputType,
        required: bool,
        found: dict[VariablePath, Variable],
    ) -> None:
        named = get_named_type(kind)
        annotation, schema, imports = _python_type(kind)
        enum = named.name if isinstance(named, GraphQLEnumType) else None
        found[path] = Variable(path, annotation, schema, required, enum, imports)
        if isinstance(named, GraphQLInputObjectType) and len(path) == 1:
            for name, field in named.fields.items():
                self._add_variables((*path, name), field.type, is_required_input_field(field), found)

    def _shape(self, kind: GraphQLOutputType, parent: object, node: FieldNode, tool: str) -> Shape:
        if isinstance(kind, GraphQLNonNull):
            return self._shape(kind.of_type, parent, node, tool)
        if isinstance(kind, GraphQLList):
            return Listing(self._shape(kind.of_type, parent, node, tool))
        if isinstance(kind, GraphQLEnumType):
            return Leaf("string", "trusted")
        if isinstance(kind, GraphQLScalarType):
            return self._leaf(kind, parent, node.name.value, tool)
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        assert node.selection_set is not None
        edges = _edges(node.selection_set)
        if edges is not None and isinstance(kind, GraphQLObjectType):
            # A connection is a list to the caller; its pageInfo becomes the result's next_cursor.
            listed = self._shape(kind.fields["edges"].type, kind, edges, tool)
            if isinstance(listed, Listing) and isinstance(listed.item, Record):
                return Listing(listed.item.fields.get("node", listed.item))
        return Record(self._fields(kind, node.selection_set, tool))

    def _leaf(self, kind: GraphQLScalarType, parent: object, name: str, tool: str) -> Leaf:
        json_type = _SCALARS.get(kind.name, ("str", "string"))[1]
        if json_type not in ("string", "any"):
            return Leaf(json_type)
        labels = self._sources.labels
        owner = getattr(parent, "name", "")
        explicit = ("graphql", owner, name) in labels.fields
        if kind.name in labels.scalars and not explicit:
            return Leaf(json_type, labels.scalars[kind.name])
        return Leaf(json_type, labels.of("graphql", owner, name, tool, self._problems))

    def _fields(
        self,
        kind: GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType,
        selection: SelectionSetNode,
        tool: str,
    ) -> dict[str, Shape]:
        found: dict[str, Shape] = {}
        for node in selection.selections:
            if isinstance(node, FieldNode):
                name = node.alias.value if node.alias else node.name.value
                if name != "__typename" and not isinstance(kind, GraphQLUnionType):
                    found[name] = self._shape(kind.fields[node.name.value].type, kind, node, tool)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._sources.fragments[node.name.value]
                found |= self._on(fragment.type_condition.name.value, fragment.selection_set, tool)
            elif isinstance(node, InlineFragmentNode):
                found |= self._on(node.type_condition.name.value, node.selection_set, tool)
        return found

    def _on(self, type_name: str, selection: SelectionSetNode, tool: str) -> dict[str, Shape]:
        kind = self._sources.schema.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
        return self._fields(kind, selection, tool)


def _edges(selection: SelectionSetNode) -> FieldNode | None:
    for node in selection.selections:
        if isinstance(node, FieldNode) and node.name.value == "edges":
            return node
    return None


def _python_type(kind: GraphQLInputType) -> tuple[str, dict[str, JsonValue], Imports]:
    if isinstance(kind, GraphQLNonNull):
        return _python_type(kind.of_type)
    if isinstance(kind, GraphQLList):
        annotation, items, imports = _python_type(kind.of_type)
        return f"list[{annotation}]", {"type": "array", "items": items}, imports
    if isinstance(kind, GraphQLEnumType):
        schema: dict[str, JsonValue] = {"type": "string", "enum": [*kind.values]}
        return kind.name, schema, frozenset({("panther_client.graphql.enums", kind.name)})
    if isinstance(kind, GraphQLInputObjectType):
        return kind.name, {"type": "object"}, frozenset({("panther_client.graphql.input_types", kind.name)})
    assert isinstance(kind, GraphQLScalarType)
    annotation, json_type = _SCALARS.get(kind.name, ("str", "string"))
    return annotation, ({} if json_type == "any" else {"type": json_type}), frozenset()

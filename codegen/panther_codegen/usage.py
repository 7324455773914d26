"""What each operation uses of the API, so that the server can tell what an instance that differs leaves it without.

Everything is named by its schema coordinate: `Alert.title`, `Query.alerts(input:)`. The fields of an operation stand
with the line of the rendered document that asks for them: the server can take such a line out without a parser.
"""

# graphql-core's wrapping types are generic without saying of what, so pyright cannot follow `type`.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

import ast
import json
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    type_from_ast,
    visit,
)

from panther_codegen.ir import RestOperation, Tool


def usage(
    schema: GraphQLSchema, operations_module: str, rest: Mapping[str, RestOperation], tools: Iterable[Tool]
) -> dict[str, Any]:
    """Return the content of `usage.json`; `operations_module` is the client's module that holds the documents."""
    tools = tuple(tools)
    used = {name for tool in tools for name in tool.operations}
    types: dict[str, str] = {}
    found = [_operation(schema, text, types) for text in _documents(operations_module)]
    graphql = dict(sorted((name, entry) for name, entry in found))
    inputs = {name for entry in graphql.values() for name in entry["inputs"]}
    kinds = {name: schema.type_map[name] for name in sorted(inputs)}
    return {
        "graphql": graphql,
        "types": dict(sorted(types.items())),
        "inputs": {
            name: {field: str(part.type) for field, part in kind.fields.items()}
            for name, kind in kinds.items()
            if isinstance(kind, GraphQLInputObjectType)
        },
        "enums": {name: [*kind.values] for name, kind in kinds.items() if isinstance(kind, GraphQLEnumType)},
        "rest": {name: f"{part.method} {part.path}" for name, part in sorted(rest.items()) if name in used},
        "tools": {tool.name: list(tool.operations) for tool in tools},
    }


def usage_text(content: Mapping[str, Mapping[str, Any]]) -> str:
    """Return `content` as the text of `usage.json`, an entry a line."""
    sections = (f"{json.dumps(name)}: {{\n{_entries(entries)}\n}}" for name, entries in content.items())
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _entries(entries: Mapping[str, Any]) -> str:
    return ",\n".join(f" {json.dumps(name)}: {json.dumps(entry)}" for name, entry in entries.items())


def _documents(module: str) -> Iterable[str]:
    """Return the documents as they are sent, with their line breaks: lines are counted in them."""
    for node in ast.parse(module).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            yield str(node.value.value)


def _operation(schema: GraphQLSchema, text: str, types: dict[str, str]) -> tuple[str, dict[str, Any]]:
    document = parse(text)
    (node,) = (part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    assert node.name is not None
    info = TypeInfo(schema)
    reader = _Reader(schema, info, node)
    visit(document, TypeInfoVisitor(info, reader))
    types.update(reader.types)
    return node.name.value, {
        "fields": sorted(reader.fields),
        "arguments": dict(sorted(reader.arguments.items())),
        "inputs": sorted(reader.inputs),
    }


class _Reader(Visitor):
    """Notes what a document uses while it is walked."""

    def __init__(self, schema: GraphQLSchema, info: TypeInfo, operation: OperationDefinitionNode) -> None:
        super().__init__()
        self._schema, self._info = schema, info
        self._declared = {part.variable.name.value: part for part in operation.variable_definitions}
        self.fields: list[tuple[int, str]] = []
        self.types: dict[str, str] = {}
        # What is given to an argument: the type of the variable; None where the document itself holds the value.
        self.arguments: dict[str, str | None] = {}
        self.inputs: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, definition = self._info.get_parent_type(), self._info.get_field_def()
        if parent is None or definition is None or node.name.value.startswith("__"):
            return
        coordinate = f"{parent.name}.{node.name.value}"
        assert node.loc is not None
        self.fields.append((node.loc.start_token.line, coordinate))
        self.types[coordinate] = str(definition.type)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        parent, definition = self._info.get_parent_type(), self._info.get_field_def()
        argument = self._info.get_argument()
        # Directives have arguments too, which every server knows.
        if parent is None or definition is None or argument is None or self._info.get_directive() is not None:
            return
        field = next(name for name, part in getattr(parent, "fields", {}).items() if part is definition)
        variable = node.value.name.value if isinstance(node.value, VariableNode) else None
        given = print_ast(self._declared[variable].type) if variable else None
        self.arguments[f"{parent.name}.{field}({node.name.value}:)"] = given
        self._use_input(get_named_type(argument.type))

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        self._use_input(get_named_type(type_from_ast(self._schema, node.type)))

    def _use_input(self, kind: object) -> None:
        if not isinstance(kind, GraphQLInputObjectType | GraphQLEnumType) or kind.name in self.inputs:
            return
        self.inputs.add(kind.name)
        if isinstance(kind, GraphQLInputObjectType):
            for field in kind.fields.values():
                self._use_input(get_named_type(field.type))

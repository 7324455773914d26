"""Read everything below `schema/` that a generation needs, noting each problem with its place."""

import json
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    build_ast_schema,
    parse,
    specified_rules,
    validate,
)
from graphql.language.ast import DefinitionNode, Node

from panther_codegen.labels import Labels, read_labels
from panther_codegen.manifest import Toolset
from panther_codegen.problems import Problems
from panther_codegen.project import Project
from panther_codegen.yaml_lines import YamlDocument, read_yaml, validated


@dataclass(frozen=True)
class ManifestFile:
    """A toolset as written, and the document that knows its lines."""

    toolset: Toolset
    document: YamlDocument


@dataclass(frozen=True)
class Sources:
    """All inputs, parsed and each valid by itself; how they fit together is for `resolve`.

    `broken` names the operations that do not fit the schema, which has been said already: nothing more can be
    asked about them.
    """

    schema: GraphQLSchema
    operations: dict[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    openapi: dict[str, Any]
    manifests: tuple[ManifestFile, ...]
    labels: Labels
    broken: frozenset[str] = frozenset()


def read_sources(project: Project, problems: Problems) -> Sources:
    """Read the project's inputs. Raises `GenerationFailed` at once only where nothing else can be checked."""
    for path, fix in (
        (project.sdl, _IMPORT),
        (project.openapi, _IMPORT),
        (project.extensions, "add it; it may hold nothing but a comment"),
        (project.labels, "add it with the labels of the fields that the tools return"),
    ):
        if not path.is_file():
            problems.add(project.relative(path), 0, "there is no such file", fix)
    problems.raise_if_any()
    schema = _read_schema(project, problems)
    openapi = _read_openapi(project, problems)
    problems.raise_if_any()
    manifests = [_read_manifest(project, path, problems) for path in project.manifests]
    labels = read_labels(project.labels, project.relative(project.labels), problems)
    document = _read_operations(project, problems)
    broken = _validate_operations(schema, document, manifests, problems)
    return Sources(
        schema=schema,
        operations={
            node.name.value: node
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode) and node.name
        },
        fragments={node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)},
        openapi=openapi,
        manifests=tuple(found for found in manifests if found is not None),
        labels=labels,
        broken=broken,
    )


_IMPORT = "take it in again with `schema import`; it is not edited by hand"


def line_of(node: Node) -> int:
    """Return the line on which `node` begins in its file."""
    return node.loc.start_token.line if node.loc else 0


def file_of(node: Node) -> str:
    """Return the file that `node` was read from, as it is shown to people."""
    return node.loc.source.name if node.loc else ""


def _read_schema(project: Project, problems: Problems) -> GraphQLSchema:
    definitions: list[DefinitionNode] = []
    for path in (project.sdl, project.extensions):
        definitions += _parse(project, path, problems)
    try:
        return build_ast_schema(DocumentNode(definitions=tuple(definitions)))
    except (GraphQLError, TypeError) as error:
        problems.add(
            project.relative(project.sdl),
            0,
            f"the schema and its extensions do not fit together: {error}",
            "mend schema/extensions.graphql: remove what the published schema now has itself",
        )
        return GraphQLSchema()


def _parse(project: Project, path: Any, problems: Problems) -> tuple[DefinitionNode, ...]:
    file = project.relative(path)
    try:
        text = path.read_text(encoding="utf-8")
        if all(line.lstrip().startswith("#") for line in text.splitlines() if line.strip()):
            return ()  # to GraphQL a document without definitions is an error, to us a file that waits for some
        return parse(Source(text, file)).definitions
    except GraphQLError as error:
        line = error.locations[0].line if error.locations else 0
        problems.add(file, line, f"this is not GraphQL: {error.message}", "mend the syntax here")
        return ()


def _read_openapi(project: Project, problems: Problems) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(project.openapi.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        problems.add(project.relative(project.openapi), error.lineno, f"this is not JSON: {error.msg}", _IMPORT)
        return {}
    return document


def _read_operations(project: Project, problems: Problems) -> DocumentNode:
    """Return all operations. Raises `GenerationFailed` for a file that is not GraphQL: nobody knows what it lacks."""
    definitions: list[DefinitionNode] = []
    before = len(problems.found)
    for path in project.operations:
        definitions += _parse(project, path, problems)
    if len(problems.found) > before:
        problems.raise_if_any()
    return DocumentNode(definitions=tuple(definitions))


def _validate_operations(
    schema: GraphQLSchema,
    document: DocumentNode,
    manifests: list[ManifestFile | None],
    problems: Problems,
) -> frozenset[str]:
    """Note what does not fit, and return the names of the operations that it breaks."""
    broken: set[str] = set()
    tools_of: dict[str, list[str]] = {}
    for found in manifests:
        for tool, entry in found.toolset.tools.items() if found else ():
            used = (entry.graphql, *(entry.workflow or ()), *((entry.poll.query,) if entry.poll else ()))
            for operation in filter(None, used):
                tools_of.setdefault(operation, []).append(tool)
    for error in validate(schema, document, specified_rules, max_errors=1000):
        node = error.nodes[0] if error.nodes else None
        owners = sorted({name for one in error.nodes or () for name in _operations_around(one, document)})
        broken.update(owners)
        whose = ", ".join(f"{name} (tool {', '.join(tools_of[name])})" if name in tools_of else name for name in owners)
        problems.add(
            file_of(node) if node else "schema/operations",
            line_of(node) if node else 0,
            error.message + (f" Broken: {whose}." if whose else ""),
            "change the operation so that it fits schema/panther.graphql, or add what the live API has "
            "beyond it to schema/extensions.graphql",
        )
    return frozenset(broken)


def _operations_around(node: Node, document: DocumentNode) -> set[str]:
    """Return the operations that `node` is part of, directly or through a fragment that they spread."""
    if node.loc is None:
        return set()
    holders = [
        definition
        for definition in document.definitions
        if definition.loc
        and definition.loc.source is node.loc.source
        and definition.loc.start <= node.loc.start <= definition.loc.end
    ]
    found: set[str] = set()
    for holder in holders:
        if isinstance(holder, OperationDefinitionNode) and holder.name:
            found.add(holder.name.value)
        elif isinstance(holder, FragmentDefinitionNode):
            found |= _spreading(holder.name.value, document)
    return found


def _spreading(fragment: str, document: DocumentNode) -> set[str]:
    found: set[str] = set()
    for definition in document.definitions:
        if definition.loc is None or f"...{fragment}" not in "".join(
            definition.loc.source.body[definition.loc.start : definition.loc.end].split()
        ):
            continue
        if isinstance(definition, OperationDefinitionNode) and definition.name:
            found.add(definition.name.value)
        elif isinstance(definition, FragmentDefinitionNode) and definition.name.value != fragment:
            found |= _spreading(definition.name.value, document)
    return found


def root_field(operation: OperationDefinitionNode) -> FieldNode | None:
    """Return the one field that `operation` asks for, or None when it asks for several."""
    selections = operation.selection_set.selections
    return selections[0] if len(selections) == 1 and isinstance(selections[0], FieldNode) else None


def _read_manifest(project: Project, path: Any, problems: Problems) -> ManifestFile | None:
    document = read_yaml(path, project.relative(path), problems)
    toolset = validated(Toolset, document, problems) if document.parsed else None
    return ManifestFile(toolset, document) if toolset else None

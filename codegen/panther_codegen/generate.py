"""From the inputs below `schema/` to the text of every generated file: load, transform, render."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from graphql import lexicographic_sort_schema, print_schema

from panther_codegen.catalog import catalog, catalog_text
from panther_codegen.coverage import Coverage, coverage
from panther_codegen.formatting import formatted
from panther_codegen.graphql_client import graphql_client
from panther_codegen.graphql_half import GraphQLHalf
from panther_codegen.labels import check_labels
from panther_codegen.problems import Problems
from panther_codegen.project import Project
from panther_codegen.reference import FindOverrides, tools_reference
from panther_codegen.render import Files, rest_module, toolset_module
from panther_codegen.resolve import resolve
from panther_codegen.rest_client import rest_models
from panther_codegen.rest_half import RestHalf
from panther_codegen.sources import read_sources
from panther_codegen.usage import usage, usage_text
from panther_mcp.registry import load_overrides

_CLIENT = PurePosixPath("generated/panther_client")
_TOOLS = PurePosixPath("generated/panther_tools")
_SCHEMA = PurePosixPath("generated/panther_schema")
_PARTS = Path(__file__).parent / "client_parts"


@dataclass(frozen=True)
class Generated:
    """The rendered files, the number of tools, and what of the API they use."""

    files: Files
    tools: int
    coverage: Coverage


def generate(project: Project, overrides: FindOverrides = load_overrides) -> Generated:
    """Return every generated file of `project`. Raises `GenerationFailed` with all that is wrong.

    `overrides` returns those that belong to a catalog: the hand-written ones, unless a test brings its own.
    """
    problems = Problems()
    sources = read_sources(project, problems)
    graphql, rest = GraphQLHalf(sources, problems), RestHalf(sources, problems)
    toolsets = resolve(sources, rest, graphql, problems)
    check_labels(sources.labels, sources.schema.type_map, sources.openapi["components"]["schemas"], problems)
    covered = coverage(project, sources, rest, toolsets, problems)
    content = catalog(toolsets)
    declared = {name for manifest in sources.manifests for name in manifest.toolset.tools}
    unresolved = frozenset(declared - {tool.name for toolset in toolsets for tool in toolset.tools})
    returns = {tool.name: tool.result for toolset in toolsets for tool in toolset.tools}
    reference = tools_reference(content, returns, overrides, problems, unresolved=unresolved, left_out=covered.left_out)
    problems.raise_if_any()

    operations = sorted(rest.operations.values(), key=lambda operation: operation.name)
    sdl = print_schema(lexicographic_sort_schema(sources.schema)) + "\n"
    files: Files = {
        _CLIENT / "__init__.py": '"""Typed clients of Panther\'s GraphQL and REST APIs."""\n',
        _CLIENT / "py.typed": "",
        _CLIENT / "forms.py": (_PARTS / "forms.py").read_text(encoding="utf-8"),
        _CLIENT / "rest.py": rest_module(operations),
        _CLIENT / "rest_base.py": (_PARTS / "rest_base.py").read_text(encoding="utf-8"),
        _CLIENT / "rest_models.py": rest_models(sources.openapi, operations),
        _SCHEMA / "__init__.py": '"""Panther\'s API definition, as package data."""\n',
        _SCHEMA / "panther.graphql": sdl,
        _SCHEMA / "panther.openapi.json": project.openapi.read_text(encoding="utf-8"),
        _TOOLS / "__init__.py": '"""The tools, a module a toolset, and their catalog."""\n',
        _TOOLS / "py.typed": "",
        _TOOLS / "catalog.json": catalog_text(content),
        PurePosixPath("docs/tools.md"): reference,
    }
    client = graphql_client(project, sources.schema)
    all_tools = [tool for toolset in toolsets for tool in toolset.tools]
    used = usage(sources.schema, client["operations.py"], rest.operations, all_tools)
    files[_TOOLS / "usage.json"] = usage_text(used)
    files |= {_CLIENT / "graphql" / name: text for name, text in client.items()}
    files |= {_TOOLS / f"{toolset.name}.py": toolset_module(toolset) for toolset in toolsets}
    return Generated(formatted(files), len(content["tools"]), covered)

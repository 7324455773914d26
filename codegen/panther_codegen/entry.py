"""One tool of the manifest while it is resolved: what it is held against, and its place for errors."""

from dataclasses import dataclass, field
from typing import cast

from panther_codegen import manifest
from panther_codegen.graphql_half import GraphQLHalf
from panther_codegen.operation import Operation, spell
from panther_codegen.problems import Problems, nearest
from panther_codegen.rest_half import RestHalf
from panther_codegen.sources import ManifestFile


@dataclass
class Context:
    """What all tools are resolved against."""

    graphql: GraphQLHalf
    rest: RestHalf
    operations: frozenset[str]
    broken: frozenset[str]
    permissions: tuple[str, ...]
    problems: Problems
    seen: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Entry:
    """One tool of the manifest, with its place for errors."""

    name: str
    tool: manifest.Tool
    found: ManifestFile
    context: Context

    def problem(self, at: tuple[str, ...], what: str, fix: str) -> None:
        """Note a problem at the key `at` below this tool."""
        document = self.found.document
        line = document.line("tools", self.name, *at)
        self.context.problems.add(document.file, line, f"{self.name}: {what}", fix)


def check_name(entry: Entry) -> bool:
    """Note a name that another tool has taken; return whether it was free."""
    document = entry.found.document
    here = f"{document.file}:{document.line('tools', entry.name)}"
    before = entry.context.seen.setdefault(entry.name, here)
    if before != here:
        entry.problem((), f"duplicate name: {before} has a tool of this name too", "rename one of the two")
    return before == here


def check_permissions(entry: Entry) -> None:
    """Note the permissions that Panther does not have."""
    for group in ("all_of", "any_of"):
        for name in cast("tuple[str, ...]", getattr(entry.tool.permissions, group)):
            if name not in entry.context.permissions:
                entry.problem(
                    ("permissions", group),
                    f"there is no permission '{name}'",
                    nearest(name, entry.context.permissions, noun="permissions"),
                )


def find_operation(entry: Entry, kind: str, name: str) -> Operation | None:
    """Return the operation `name` of the half `kind` (`graphql` or `rest`); note it where there is none."""
    half = entry.context.graphql if kind == "graphql" else entry.context.rest
    found = half.find(name)
    if found is not None or name in entry.context.broken:
        return found
    if kind == "graphql" and name in entry.context.operations and name not in entry.context.rest.operations:
        entry.problem(
            (kind,),
            f"operation '{name}' does not ask for one root field: its answer would be no one result",
            "make it several operations, or a workflow",
        )
    else:
        known = [
            operation
            for operation in entry.context.operations
            if (operation in entry.context.rest.operations) == (kind == "rest")
        ]
        source = "schema/operations" if kind == "graphql" else "schema/panther.openapi.json"
        entry.problem(
            (kind,),
            f"unknown operation '{name}': {source} has none of that name",
            nearest(name, known, noun="operations"),
        )
    return found


def known_variables(operation: Operation) -> str:
    """Return the end of an error about an unknown variable."""
    return f"known variables: {', '.join(spell(path) for path in operation.variables)}"

"""Compare two GraphQL schemas; graphql-core finds what breaks or endangers, what is only new is found here."""

import re
from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    find_breaking_changes,
    find_dangerous_changes,
    is_introspection_type,
    is_specified_scalar_type,
)

from panther_codegen.diff.change import Change, Level
from panther_mcp.drift.usage import Usage

_MEMBER = re.compile(r"\b([_A-Za-z]\w*)\.([_A-Za-z]\w*)\b")
_OWNER = re.compile(r"(?:enum|union|input) type ([_A-Za-z]\w*)")
_FIRST = re.compile(r"([_A-Za-z]\w*) ")
_PART = re.compile(r"(?:required|optional) field ([_A-Za-z]\w*) on|^([_A-Za-z]\w*) was (?:added to|removed from) ")


def graphql_changes(old: GraphQLSchema, new: GraphQLSchema, usage: Usage) -> list[Change]:
    """Return what has changed from `old` to `new`, the gravest first, with the tools of `usage` that each touches."""
    types = _tools_by_type(usage)
    fields = _tools_by_field(usage)
    found: dict[str, Change] = {}
    for level, said in _found(old, new):
        subject, owner = _subject(said)
        tools = fields.get(subject, frozenset()) if _is_output(subject, old) else types.get(owner, frozenset())
        # What is only new is used by nobody yet.
        found.setdefault(said, Change(level, subject, said, () if level == "new" else tuple(sorted(tools))))
    return sorted(found.values(), key=_rank)


def _rank(change: Change) -> tuple[int, bool, str]:
    return ("breaking", "dangerous", "new").index(change.level), not change.tools, change.message


def _found(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[tuple[Level, str]]:
    for change in find_breaking_changes(old, new):
        yield "breaking", change.description
    for risk in find_dangerous_changes(old, new):
        yield "dangerous", risk.description
    for name, kind in new.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        before = old.type_map.get(name)
        if before is None:
            yield "new", f"{name} was added."
        elif isinstance(kind, _WITH_FIELDS) and isinstance(before, _WITH_FIELDS):
            for field in kind.fields:
                if field not in before.fields:
                    yield "new", f"{name}.{field} was added."


_WITH_FIELDS = (GraphQLObjectType, GraphQLInterfaceType)


def _subject(said: str) -> tuple[str, str]:
    """Return what a sentence of graphql-core's is about, and the type that this belongs to."""
    if owner := _OWNER.search(said):
        part = _PART.search(said)
        member = (part[1] or part[2]) if part else None
        return (f"{owner[1]}.{member}" if member else owner[1]), owner[1]
    if member := _MEMBER.search(said):
        return member[0], member[1]
    first = _FIRST.match(said)
    name = first[1] if first else said
    return name, name


def _is_output(subject: str, schema: GraphQLSchema) -> bool:
    owner, _, member = subject.partition(".")
    return bool(member) and isinstance(schema.type_map.get(owner), _WITH_FIELDS)


def _tools_by_field(usage: Usage) -> Mapping[str, frozenset[str]]:
    operations: dict[str, set[str]] = {}
    for name, operation in usage.graphql.items():
        for _, coordinate in operation.fields:
            operations.setdefault(coordinate, set()).add(name)
    return {field: frozenset(usage.tools_with(frozenset(names))) for field, names in operations.items()}


def _tools_by_type(usage: Usage) -> Mapping[str, frozenset[str]]:
    """Return the tools that send a type, or ask for fields of it or with its values."""
    operations: dict[str, set[str]] = {}
    for name, operation in usage.graphql.items():
        used = set(operation.inputs)
        for _, coordinate in operation.fields:
            used |= {coordinate.partition(".")[0], usage.types[coordinate].strip("[]!")}
        for kind in used:
            operations.setdefault(kind, set()).add(name)
    return {kind: frozenset(usage.tools_with(frozenset(names))) for kind, names in operations.items()}

"""Compare an instance's GraphQL schema with what the tools use of it: what is missing or changed, and whom it touches.

What an instance has beyond that is no finding: nothing asks for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from panther_mcp.drift.introspection import Input, InstanceType, instance_types
from panther_mcp.drift.usage import OperationUsage, Usage, read_usage

Change = Literal["missing", "changed", "required"]
Effect = Literal["unsupported", "left_out", "refused"]

# Without these no list is read to its end and no run is seen to end: an operation is not sent without them.
STEERING: Final = frozenset(
    {
        "edges",
        "node",
        "pageInfo",
        "hasNextPage",
        "endCursor",
        "AIInferenceStream.finished",
        "DataLakeQuery.status",
    }
)
_ORDER: Final = ("unsupported", "refused", "left_out")
_EFFECTS: Final[Mapping[Effect, str]] = {
    "unsupported": "these tools cannot work",
    "refused": "calls that need it are refused",
    "left_out": "it is left out of the results",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference.

    Attributes:
        coordinate: What differs: `Alert.runbook`, `Query.alerts(input:)`, `AlertsInput.severities`, `Severity.HIGH`, or
            the name of a type.
        change: It is `missing` in the instance, has `changed` its type, or is `required` there and not sent by us.
        effect: What comes of it: the tools are `unsupported`, the field is `left_out` of their results, or calls that
            need it are `refused`.
        message: All of this in a sentence.
        tools: The tools that it touches, sorted.
    """

    coordinate: str
    change: Change
    effect: Effect
    message: str
    tools: tuple[str, ...]


def compare(introspection: Mapping[str, Any], usage: Usage | None = None) -> tuple[Finding, ...]:
    """Return what the instance of `introspection` lacks or has otherwise, the worst first; nothing where all fits.

    `introspection` is the result of `INTROSPECTION` or of the standard query, bare or below `data`; `usage` is what was
    compiled in unless it is given. Raises `UpstreamError` when there is no schema in it.
    """
    usage = usage or read_usage()
    types = instance_types(introspection)
    operations: dict[tuple[str, Change, Effect, str], set[str]] = {}
    for name, operation in usage.graphql.items():
        for difference in _differences(operation, types, usage):
            operations.setdefault(difference, set()).add(name)
    findings = [
        Finding(
            coordinate,
            change,
            effect,
            f"{said}: {_EFFECTS[effect]}.",
            usage.tools_with(frozenset(names)),
        )
        for (coordinate, change, effect, said), names in operations.items()
    ]
    return tuple(sorted(findings, key=lambda found: (_ORDER.index(found.effect), found.coordinate)))


def is_steering(coordinate: str) -> bool:
    """Tell whether the field `coordinate` steers how an answer is read, so that it cannot be left out."""
    return coordinate in STEERING or coordinate.rpartition(".")[2] in STEERING


_Difference = tuple[str, Change, Effect, str]


def _differences(operation: OperationUsage, types: Mapping[str, InstanceType], usage: Usage) -> Iterator[_Difference]:
    parent, _, root = operation.root.partition(".")
    if parent not in types or root not in types[parent].fields:
        # All that is below it is missing with it, which says nothing more.
        yield operation.root, "missing", "unsupported", f"This Panther has no {operation.root}"
        return
    yield from _fields(operation, types, usage)
    yield from _arguments(operation, types)
    for name in operation.inputs:
        if name in usage.enums:
            yield from _values(name, types, usage)
        else:
            yield from _input_fields(name, types, usage)


def _fields(operation: OperationUsage, types: Mapping[str, InstanceType], usage: Usage) -> Iterator[_Difference]:
    for _, coordinate in operation.fields:
        parent, _, name = coordinate.partition(".")
        effect: Effect = "unsupported" if is_steering(coordinate) else "left_out"
        if parent not in types:
            yield parent, "missing", effect, f"This Panther has no type {parent}"
        elif name not in types[parent].fields:
            yield coordinate, "missing", effect, f"This Panther has no {coordinate}"
        else:
            ours, theirs = usage.types[coordinate], types[parent].fields[name]
            # Answers are read whether or not they may be null.
            if _nullable(ours) != _nullable(theirs):
                said = f"In this Panther {coordinate} is {theirs}, not {ours}"
                yield coordinate, "changed", effect, said


def _arguments(operation: OperationUsage, types: Mapping[str, InstanceType]) -> Iterator[_Difference]:
    for coordinate, given in operation.arguments.items():
        field, _, name = coordinate.removesuffix(":)").partition("(")
        parent, _, member = field.partition(".")
        there = types[parent].arguments.get(member) if parent in types else None
        if there is None:
            continue  # the field is missing, which is told
        if name not in there:
            yield coordinate, "missing", "unsupported", f"This Panther has no argument {coordinate}"
        elif given is not None and not _fits(given, there[name]):
            said = f"In this Panther {coordinate} is {there[name].type}, not {given}"
            yield coordinate, "changed", "unsupported", said
    for _, field in operation.fields:
        parent, _, member = field.partition(".")
        there = types[parent].arguments.get(member) if parent in types else None
        for name, argument in (there or {}).items():
            coordinate = f"{field}({name}:)"
            if argument.required and coordinate not in operation.arguments:
                said = f"This Panther requires the argument {coordinate}, which is not sent"
                yield coordinate, "required", "unsupported", said


def _input_fields(name: str, types: Mapping[str, InstanceType], usage: Usage) -> Iterator[_Difference]:
    if name not in types:
        yield name, "missing", "unsupported", f"This Panther has no type {name}"
        return
    ours, theirs = usage.inputs[name], types[name].inputs
    for field, kind in ours.items():
        coordinate = f"{name}.{field}"
        if field not in theirs:
            yield coordinate, "missing", "refused", f"This Panther has no input {coordinate}"
        elif _nullable(kind) != _nullable(theirs[field].type):
            said = f"In this Panther the input {coordinate} is {theirs[field].type}, not {kind}"
            yield coordinate, "changed", "refused", said
        elif theirs[field].required and not kind.endswith("!"):
            yield coordinate, "required", "refused", f"This Panther requires the input {coordinate}"
    for field, there in theirs.items():
        if field not in ours and there.required:
            coordinate = f"{name}.{field}"
            said = f"This Panther requires the input {coordinate}, which is not sent"
            yield coordinate, "required", "unsupported", said


def _values(name: str, types: Mapping[str, InstanceType], usage: Usage) -> Iterator[_Difference]:
    if name not in types:
        yield name, "missing", "unsupported", f"This Panther has no type {name}"
        return
    for value in usage.enums[name]:
        if value not in types[name].values:
            coordinate = f"{name}.{value}"
            yield coordinate, "missing", "refused", f"This Panther does not take {coordinate}"


def _fits(given: str, there: Input) -> bool:
    """Tell whether a variable of the type `given` may be passed to the argument `there`."""
    if _nullable(given) != _nullable(there.type):
        return False
    return given.endswith("!") or not there.required


def _nullable(kind: str) -> str:
    return kind.replace("!", "")

"""What is rendered: the resolved tools, as frozen values that templates only print.

Shapes describe the JSON that a tool returns, after connections were flattened and nulls left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

Label = Literal["trusted", "untrusted", "secret"]
JsonType = Literal["string", "integer", "number", "boolean", "object", "array", "any"]
Effect = Literal["read", "write", "destructive"]


@dataclass(frozen=True)
class Leaf:
    """A value without known parts. `label` says who may have written it; numbers and booleans have none."""

    type: JsonType
    label: Label | None = None


@dataclass(frozen=True)
class Listing:
    """A JSON array of `item`."""

    item: "Shape"


@dataclass(frozen=True)
class Record:
    """A JSON object with known fields."""

    fields: Mapping[str, "Shape"]


Shape = Leaf | Listing | Record


def labelled(shape: Shape, label: Label, at: str = "") -> Iterator[str]:
    """Yield the paths below `shape` that carry `label`, such as `alerts[].title`."""
    match shape:
        case Leaf():
            if shape.label == label:
                yield at
        case Listing():
            yield from labelled(shape.item, label, f"{at}[]")
        case Record():
            for name, part in shape.fields.items():
                yield from labelled(part, label, f"{at}.{name}" if at else name)


@dataclass(frozen=True)
class Param:
    """One argument: its Python annotation and default as source text, and its JSON Schema.

    `plain_annotation` is the annotation without the bounds that pydantic checks.
    """

    name: str
    annotation: str
    plain_annotation: str
    default: str | None
    schema: Mapping[str, JsonValue]

    @property
    def required(self) -> bool:
        """Whether a caller must give it."""
        return self.default is None


def protocol_name(tool: str) -> str:
    """Return the name of a workflow's Protocol: `query_data_lake` has `QueryDataLake`."""
    return "".join(part.capitalize() for part in tool.split("_"))


@dataclass(frozen=True)
class Tool:
    """One tool, ready to be printed. `body` holds the lines of its function, `imports` what they need."""

    name: str
    toolset: str
    effect: Effect
    idempotent: bool
    billable: bool
    all_of: tuple[str, ...]
    any_of: tuple[str, ...]
    operations: tuple[str, ...]
    params: tuple[Param, ...]
    result: Shape
    body: tuple[str, ...]
    imports: frozenset[tuple[str, str]] = field(default_factory=frozenset[tuple[str, str]])
    workflow: bool = False
    timeout: int | None = None

    @property
    def protocol(self) -> str:
        """Name of the Protocol that a workflow satisfies, such as `QueryDataLake`."""
        return protocol_name(self.name)


@dataclass(frozen=True)
class Toolset:
    """The tools of one manifest file, in its order."""

    name: str
    title: str
    default: bool
    tools: tuple[Tool, ...]


@dataclass(frozen=True)
class RestParam:
    """A path or query parameter of a REST operation."""

    wire_name: str
    name: str
    annotation: str
    place: Literal["path", "query"]
    required: bool


@dataclass(frozen=True)
class RestOperation:
    """A REST operation as a method of the client."""

    name: str
    method: str
    path: str
    params: tuple[RestParam, ...]
    body: str | None
    returns: str | None

    @property
    def path_params(self) -> tuple[RestParam, ...]:
        """The parameters that stand in the path."""
        return tuple(param for param in self.params if param.place == "path")

    @property
    def path_expression(self) -> str:
        """The path as the inside of an f-string that escapes each parameter."""
        path = self.path
        for param in self.path_params:
            path = path.replace(f"{{{param.wire_name}}}", f"{{path_segment({param.name})}}")
        return path

    @property
    def query_params(self) -> tuple[RestParam, ...]:
        """The parameters of the query string."""
        return tuple(param for param in self.params if param.place == "query")

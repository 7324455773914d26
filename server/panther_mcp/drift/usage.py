"""Read the generated `usage.json`: what each operation uses of the API, and each tool of the operations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class OperationUsage:
    """What a GraphQL operation uses, by schema coordinate; see `panther_codegen.usage`.

    `fields` holds the line of the document that asks for each, the root field first. `arguments` maps to the type that
    is given, None where the document itself holds the value. `inputs` names the input objects and enums that may be
    sent.
    """

    fields: tuple[tuple[int, str], ...]
    arguments: Mapping[str, str | None]
    inputs: Sequence[str]

    @property
    def root(self) -> str:
        """The coordinate of the field that the operation runs, such as `Query.alerts`."""
        return self.fields[0][1]


@dataclass(frozen=True, slots=True)
class Usage:
    """What all operations use.

    `types` has the type of each used field, `inputs` the fields of each input object with their types, `enums` the
    values of each enum that may be sent, `rest` the route of each REST operation (`GET /alerts/{id}`), `tools` the
    operations of each tool.
    """

    graphql: Mapping[str, OperationUsage]
    types: Mapping[str, str]
    inputs: Mapping[str, Mapping[str, str]]
    enums: Mapping[str, Sequence[str]]
    rest: Mapping[str, str]
    tools: Mapping[str, Sequence[str]]

    def tools_with(self, operations: frozenset[str]) -> tuple[str, ...]:
        """Return the tools that use any of `operations`, sorted."""
        return tuple(sorted(tool for tool, used in self.tools.items() if not operations.isdisjoint(used)))


@lru_cache(maxsize=1)
def read_usage() -> Usage:
    """Return the usage that is installed beside the tools."""
    return parsed_usage((files("panther_tools") / "usage.json").read_bytes())


def parsed_usage(text: bytes) -> Usage:
    """Return the usage that the text of a `usage.json` holds."""
    content = json.loads(text)
    graphql = {
        name: OperationUsage(
            tuple((line, coordinate) for line, coordinate in entry["fields"]), entry["arguments"], entry["inputs"]
        )
        for name, entry in content.pop("graphql").items()
    }
    return Usage(graphql=graphql, **content)

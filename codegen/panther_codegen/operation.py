"""An operation as the manifest sees it, the same for GraphQL and REST: what can be filled, called, returned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from panther_codegen.ir import Shape

Imports = frozenset[tuple[str, str]]
VariablePath = tuple[str, ...]


@dataclass(frozen=True)
class Variable:
    """A variable of an operation, or a field of an input object below one.

    `annotation` is the Python type of a value that is present; `schema` its JSON Schema; `enum` names the
    Python enum class, if it is one (or a list of one).
    """

    path: VariablePath
    annotation: str
    schema: Mapping[str, JsonValue]
    required: bool
    enum: str | None = None
    imports: Imports = frozenset()

    @property
    def is_list(self) -> bool:
        """Whether it takes a list."""
        return self.schema.get("type") == "array"


@dataclass(frozen=True)
class Call:
    """Source text of a call of the client, and what it needs imported."""

    text: str
    imports: Imports


@dataclass(frozen=True)
class Operation:
    """A named GraphQL operation or a REST operation.

    `missing` takes the places that are filled and returns the required ones that are not. `call` takes a
    Python expression for each filled place. `result` takes the fields to keep (REST only; all when empty)
    and the tool's name, and returns the answer's shape and those of the fields that do not exist; a list
    answer of REST has the shape of its list. Only a REST operation may have no answer.
    """

    name: str
    writes: bool
    variables: Mapping[VariablePath, Variable]
    missing: Callable[[frozenset[VariablePath]], list[VariablePath]]
    call: Callable[[Mapping[VariablePath, str]], Call]
    result: Callable[[tuple[str, ...], str], tuple[Shape, list[str]]]
    answers: bool = True


def spell(path: VariablePath) -> str:
    """Return `path` as the manifest writes it."""
    return ".".join(path)

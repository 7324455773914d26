"""The override API: what hand-written code says about a generated tool, applied when it is registered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Arguments = dict[str, Any]
Schema = dict[str, Any]
# About 10,000 tokens: a page that a model can still take in beside its conversation.
RESULT_CEILING = 40_000
# For tools that keep their rows below a ceiling of their own, and tell more beside them.
ROWS_CEILING = 64_000


def _leave(schema: Schema) -> None:
    """Narrow nothing."""


@dataclass(frozen=True)
class Rule:
    """A named check of a tool's arguments, or a change to them, made before anything is sent.

    `params` are the parameters that it looks at; `says` tells a reader of the docs what it does. `apply`
    takes the validated arguments, defaults filled in, and returns the ones to use; it raises a
    `PantherMcpError` to refuse the call. `narrow` writes into the input schema what of the rule a schema can
    say, so that a model need not find out by trying.
    """

    name: str
    params: tuple[str, ...]
    says: str
    apply: Callable[[Arguments], Arguments]
    narrow: Callable[[Schema], None] = _leave


@dataclass(frozen=True)
class ToolOverride:
    """What the model reads about a tool, and the rules that its calls obey.

    `description` says what the tool is for, when another one is better, and gives one example. `params` holds
    a sentence for each parameter. `ceiling` is how many bytes of JSON its result may have at most; what is
    above is cut, and told.
    """

    description: str
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    rules: tuple[Rule, ...] = ()
    ceiling: int = RESULT_CEILING
    # Words that people use for what it does and the description does not: the search of --discovery knows them too.
    keywords: str = ""
    # The list of its result that is told as a table, such as rows or tables[].rows (see `panther_mcp.packing`).
    table: str | None = None


# The overrides of one toolset, by the name of the tool.
ToolsetOverrides = Mapping[str, ToolOverride]

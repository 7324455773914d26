"""The prompts as FastMCP sees them: read when a client first asks, offered where their tools are."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from fastmcp.prompts.base import Prompt, PromptArgument
from fastmcp.server.providers import Provider
from mcp_types import Prompt as McpPrompt
from pydantic import PrivateAttr

from panther_mcp.errors import PantherMcpError
from panther_mcp.prompt_arguments import FENCED, filled
from panther_mcp.prompt_texts import PLACEHOLDER, PromptText, read_prompts
from panther_mcp.protocol_errors import RefusedError

_INDIRECT = (
    "Tools that you do not see in your list are called through `call_tool`; `search_tools` tells their arguments."
)


class PantherPrompt(Prompt):
    """A prompt whose text is data; `notes` stand below it."""

    _source: PromptText = PrivateAttr()
    _notes: tuple[str, ...] = PrivateAttr()

    @classmethod
    def of(cls, source: PromptText, notes: tuple[str, ...]) -> "PantherPrompt":
        """Return the FastMCP prompt for `source`."""
        prompt = cls(
            name=source.name,
            title=source.title,
            description=source.description,
            arguments=[
                PromptArgument(name=name, description=argument.description, required=argument.required)
                for name, argument in source.arguments.items()
            ],
        )
        prompt._source, prompt._notes = source, notes
        return prompt

    def to_mcp_prompt(self, **overrides: Any) -> McpPrompt:
        """Return the entry of the list without FastMCP's metadata."""
        return super().to_mcp_prompt(**({"_meta": None} | overrides))

    async def render(self, arguments: dict[str, Any] | None = None) -> str:
        """Return the text with its arguments; wrong ones are refused."""
        try:
            values = filled(self._source.arguments, arguments or {})
        except PantherMcpError as error:
            raise RefusedError(error) from error
        text = PLACEHOLDER.sub(lambda found: values[found[1]], self._source.text)
        fenced = any(value.startswith("<input ") for value in values.values())
        return "\n\n".join((*((FENCED,) if fenced else ()), text, *self._notes))


class PromptProvider(Provider):
    """Serves the prompts whose tools are all among `tools`.

    With `discovery`, the tools are offered through call_tool, and the prompts say so.
    """

    def __init__(self, tools: frozenset[str], *, discovery: bool = False) -> None:
        super().__init__()
        self._tools = tools
        self._discovery = discovery

    @cached_property
    def texts(self) -> dict[str, PromptText]:
        """The prompts that are offered, by name."""
        return {name: text for name, text in read_prompts().items() if self._tools.issuperset(text.tools)}

    async def _list_prompts(self) -> Sequence[Prompt]:
        return [self._prompt(text) for text in self.texts.values()]

    def _prompt(self, text: PromptText) -> PantherPrompt:
        absent = [name for name in text.also if name not in self._tools]
        notes = [_INDIRECT] if self._discovery else []
        if absent:
            named = ", ".join(absent)
            notes.append(f"This server does not offer {named}: skip what needs them, and say what is missing.")
        return PantherPrompt.of(text, tuple(notes))

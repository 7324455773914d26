"""Discovery: only a search for tools and a call of what it finds are listed, however many tools there are.

Nothing else stays in the list: one tool with many parameters costs more than both of these, in every conversation.
A hidden tool can still be called by its own name.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_context
from fastmcp.server.transforms.search.base import BaseSearchTransform
from fastmcp.tools import Tool
from fastmcp.tools.base import ToolResult
from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations
from pydantic import Field, PrivateAttr
from pydantic_core import from_json

from panther_mcp.arguments import ArgumentValidator, normalise
from panther_mcp.errors import InvalidInput
from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.tool_ranking import Described, Ranking
from panther_mcp.tools import PantherTool, error_result, json_result
from panther_mcp.untrusted.protection import Protection

SEARCH = "search_tools"
CALL = "call_tool"
_SHOWN = 3
_MOST = 10
_LONGEST = 1_000
_NAMED = 8
# A tool that fits so much worse than the best one is not worth its schema.
_WORTH = 0.5


class SearchTools(Tool):
    """Finds tools by what they do."""

    _discovery: "Discovery" = PrivateAttr()

    @classmethod
    def of(cls, discovery: "Discovery", titles: Sequence[str]) -> "SearchTools":
        """Return the tool that searches in `discovery`, over toolsets with these titles."""
        tool = cls(
            name=SEARCH,
            description=(
                "Find tools by what they do, or by name. Returns each with description and input_schema; call it with "
                f"{CALL}. Topics: {', '.join(titles)}."
            ),
            parameters={
                "type": "object",
                "properties": {
                    "query": {"type": "string", "description": "What you want to do, in a few words, or tools' names."},
                    "limit": {
                        "type": "integer",
                        "description": "Most tools to return.",
                        "minimum": 1,
                        "maximum": _MOST,
                        "default": _SHOWN,
                    },
                },
                "required": ["query"],
            },
            annotations=ToolAnnotations(read_only_hint=True),
        )
        tool._discovery = discovery
        return tool

    def to_mcp_tool(self, **overrides: Any) -> McpTool:
        """Return the entry of the list without FastMCP's metadata."""
        return super().to_mcp_tool(**({"_meta": None} | overrides))

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Return the tools that fit best, with what is needed to call them, and the names of some more."""
        try:
            given = _search_arguments(normalise(arguments, self.parameters))
        except InvalidInput as error:
            return error_result(error, self._discovery.protection)
        # What it tells is our own.
        return json_result(await self._discovery.search(get_context(), **given))


class CallTool(Tool):
    """Calls a tool by its name: the result and the errors are that tool's."""

    _protection: Protection = PrivateAttr()

    def protected_by(self, protection: Protection) -> "CallTool":
        """Return the tool itself, with what its errors go through."""
        self._protection = protection
        return self

    def to_mcp_tool(self, **overrides: Any) -> McpTool:
        """Return the entry of the list without FastMCP's metadata."""
        return super().to_mcp_tool(**({"_meta": None} | overrides))

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Return what the tool returns."""
        try:
            given = _call_arguments(_with_object(normalise(arguments, self.parameters)))
            name: str = given["name"]
            if name in (SEARCH, CALL):
                raise InvalidInput(f"{name} cannot be called through {CALL}.", hint="Call it by itself.")
        except InvalidInput as error:
            return error_result(error, self._protection)
        # As if the client had called it: through everything that stands before a call.
        return await get_context().fastmcp.call_tool(name, given["arguments"])


class Discovery(BaseSearchTransform):
    """Puts the two tools in the place of the list."""

    def __init__(self, tools: Sequence[RegisteredTool], titles: Sequence[str], protection: Protection) -> None:
        """`titles` are those of the toolsets, in which the search looks."""
        super().__init__(search_tool_name=SEARCH, call_tool_name=CALL)
        self.protection = protection
        self._search_tool = SearchTools.of(self, titles)
        effects = {tool.catalog.effect for tool in tools}
        # It does whatever the worst of the tools does.
        annotations = (
            ToolAnnotations(read_only_hint=True)
            if effects <= {"read"}
            else ToolAnnotations(destructive_hint="destructive" in effects)
        )
        self._call_tool = CallTool(
            name=CALL,
            description=f"Call a tool that {SEARCH} has found. Its result and errors come back unchanged.",
            parameters={
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "The tool's name."},
                    "arguments": {
                        "type": "object",
                        "description": "Arguments as its input_schema says.",
                        "default": {},
                    },
                },
                "required": ["name"],
            },
            annotations=annotations,
        ).protected_by(protection)
        self._ranking: tuple[tuple[str, ...], Ranking] | None = None

    async def search(self, context: Context, query: str, limit: int) -> JsonObject:
        """Return the tools that `query` names, else at most `limit` that fit it; all names where none does."""
        offered = {tool.name: tool for tool in await self.get_tool_catalog(context)}
        ranking = self._index(offered)
        shown, more = ranking.named(query)[:_MOST], list[str]()
        if not shown:
            found = ranking.best(query)
            shown = [name for name, score in found if score >= found[0][1] * _WORTH][:limit]
            more = [name for name, _ in found if name not in shown][:_NAMED]
        if not shown:
            return {"tools": [], "all_names": sorted(offered)}
        told: JsonObject = {
            "tools": [
                {"name": name, "description": offered[name].description, "input_schema": offered[name].parameters}
                for name in shown
            ]
        }
        return {**told, "more_names": more} if more else told

    def _index(self, offered: dict[str, Tool]) -> Ranking:
        names = tuple(offered)
        if self._ranking is None or self._ranking[0] != names:
            described = [_described(tool) for tool in offered.values()]
            self._ranking = names, Ranking(described)
        return self._ranking[1]

    async def _search(self, tools: Sequence[Tool], query: str) -> Sequence[Tool]:
        by_name = {tool.name: tool for tool in tools}
        return [by_name[name] for name, _ in self._index(by_name).best(query)]

    def _make_search_tool(self) -> Tool:
        return self._search_tool

    def _make_call_tool(self) -> Tool:
        return self._call_tool


def _searched(
    *, query: Annotated[str, Field(max_length=_LONGEST)], limit: Annotated[int, Field(ge=1, le=_MOST)] = _SHOWN
) -> None:
    """Have the signature of search_tools."""


def _called(*, name: str, arguments: dict[str, Any] = {}) -> None:  # noqa: B006 - a signature; nobody changes it
    """Have the signature of call_tool."""


def _with_object(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return `arguments` with those of the tool as an object: some clients send its JSON text."""
    if isinstance(text := arguments.get("arguments"), str):
        try:
            return {**arguments, "arguments": from_json(text)}
        except ValueError as error:
            raise InvalidInput("arguments is no JSON object.", hint="Write them as its input_schema says.") from error
    return arguments


_search_arguments = ArgumentValidator(_searched)
_call_arguments = ArgumentValidator(_called)


def _described(tool: Tool) -> Described:
    keywords = tool.keywords if isinstance(tool, PantherTool) else ""
    return Described(tool.name, tool.description or "", tool.parameters, keywords)

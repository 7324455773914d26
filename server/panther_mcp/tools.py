"""The tools as FastMCP sees them: listed from the catalog, run by the runner, errors as MCP error results."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, cast

from fastmcp.exceptions import NotFoundError
from fastmcp.server.dependencies import get_context
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.server.providers import Provider
from fastmcp.tools import Tool
from fastmcp.tools.base import InputRequiredToolResult, ToolResult
from fastmcp.utilities.components import FastMCPComponent
from fastmcp.utilities.versions import VersionSpec
from mcp_types import (
    CallToolRequestParams,
    InputRequiredResult,
    TextContent,
    ToolAnnotations,
    ToolListChangedNotification,
)
from mcp_types import Tool as McpTool
from pydantic import PrivateAttr
from pydantic_core import to_json

from panther_mcp.callers import present_caller
from panther_mcp.changes import InputNeeded
from panther_mcp.elicitation import PersonOfContext
from panther_mcp.errors import NotFound, PantherMcpError
from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Requester
from panther_mcp.sessions import Sessions
from panther_mcp.token_permissions import TokenPermissions, missing
from panther_mcp.untrusted.protection import Outgoing, Protection

# The parts of an error that may hold Panther's words.
_QUOTING = ("error.message", "error.details")


class PantherTool(Tool):
    """A registered tool; building one imports nothing of its code."""

    _registered: RegisteredTool = PrivateAttr()
    _runner: ToolRunner = PrivateAttr()
    _sessions: Sessions = PrivateAttr()
    _protection: Protection = PrivateAttr()

    @classmethod
    def of(
        cls, registered: RegisteredTool, runner: ToolRunner, sessions: Sessions, protection: Protection
    ) -> "PantherTool":
        """Return the FastMCP tool for `registered`."""
        tool = cls(
            name=registered.name,
            description=registered.description,
            parameters=dict(registered.parameters),
            output_schema=dict(registered.catalog.output_schema),
            annotations=ToolAnnotations.model_validate(registered.catalog.annotations),
        )
        tool._registered, tool._runner, tool._sessions = registered, runner, sessions
        tool._protection = protection
        return tool

    @property
    def keywords(self) -> str:
        """Words to find it by that its description lacks."""
        return self._registered.keywords

    def to_mcp_tool(self, **overrides: Any) -> McpTool:
        """Return the entry of the list without FastMCP's metadata, which only costs every client bytes."""
        return super().to_mcp_tool(**({"_meta": None} | overrides))

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Run the tool; a failure is an error result with code, message and hint."""
        try:
            person = PersonOfContext(get_context())
            requester = Requester(report_progress, self._sessions.current(), person, caller=present_caller)
            counted = self._runner.drift.changes
            try:
                return tool_result(await self._runner.run(self._registered, arguments, requester))
            finally:
                if self._runner.drift.changes != counted:
                    await get_context().send_notification(ToolListChangedNotification())
        except InputNeeded as needed:
            return InputRequiredToolResult(cast("InputRequiredResult", needed.request))
        except PantherMcpError as error:
            return error_result(error, self._protection)


class ToolProvider(Provider):
    """Serves the registered tools; they are built when a client first asks.

    With `permissions`, those that the token lacks a permission for are not listed, or with `explain` are listed
    with what is missing; so are those that the instance has turned out not to support. All can be called: what the
    token may do can change at any time, and Panther decides.
    """

    def __init__(
        self,
        registered: Sequence[RegisteredTool],
        runner: ToolRunner,
        sessions: Sessions,
        protection: Protection,
        *,
        permissions: TokenPermissions | None,
        explain: bool = False,
    ) -> None:
        super().__init__()
        self._protection = protection
        self._registered = {tool.name: tool for tool in registered}
        self._runner = runner
        self._sessions = sessions
        self._protection = protection
        self._permissions, self._explain = permissions, explain
        self._built: dict[str, PantherTool] = {}

    async def _list_tools(self) -> Sequence[Tool]:
        granted = await self._permissions.known() if self._permissions else None
        drift = self._runner.drift
        listed: list[Tool] = []
        for tool in self._registered.values():
            lacking = () if granted is None else missing(tool.catalog, granted)
            reason = f"the token lacks {', '.join(lacking)}." if lacking else drift.disabled(tool.catalog)
            if reason is None:
                limit = drift.limited(tool.catalog)
                listed.append(self._described(tool, f"USABLE IN PART: {limit}") if limit else self._build(tool))
            elif self._explain:
                listed.append(self._described(tool, f"NOT USABLE: {reason}"))
        return listed

    def _described(self, tool: RegisteredTool, said: str) -> Tool:
        return self._build(tool).model_copy(update={"description": f"{said} {tool.description}"})

    async def _get_tool(self, name: str, version: VersionSpec | None = None) -> Tool | None:
        return self.tool(name)

    def tool(self, name: str) -> PantherTool | None:
        """Return the tool called `name`, if there is one."""
        registered = self._registered.get(name)
        return None if registered is None else self._build(registered)

    async def get_tasks(self) -> Sequence[FastMCPComponent]:
        """Return none: without this, FastMCP would build every tool at start to look."""
        return []

    def _build(self, registered: RegisteredTool) -> PantherTool:
        tool = self._built.get(registered.name)
        if tool is None:
            tool = PantherTool.of(registered, self._runner, self._sessions, self._protection)
            self._built[registered.name] = tool
        return tool


class UnknownTools(Middleware):
    """Answers a call of a tool that does not exist in the way that a model can act on."""

    def __init__(self, names: Sequence[str], listed_by: str, protection: Protection) -> None:
        """`names` are those of the tools; `listed_by` is where a client finds them."""
        self._names = names
        self._listed_by = listed_by
        self._protection = protection

    async def on_call_tool(
        self,
        context: MiddlewareContext[CallToolRequestParams],
        call_next: CallNext[CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        """Pass the call on; an unknown name becomes an error result that suggests known ones."""
        try:
            return await call_next(context)
        except NotFoundError:
            name = context.message.name[:100]
            close = get_close_matches(name, self._names, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(close)}?" if close else f"{self._listed_by} names the tools there are."
            return error_result(NotFound(f"There is no tool {name!r}.", hint=hint), self._protection)


class DirectCalls(Middleware):
    """Runs the tools of `provider` at once; has to be the innermost one.

    FastMCP would look for the tool in all providers, at their transforms and at the session's visibility rules: 0.1 ms
    a call, and at the first one the import of the store that keeps the rules (6 MiB).
    """

    def __init__(self, provider: ToolProvider) -> None:
        self._provider = provider

    async def on_call_tool(
        self,
        context: MiddlewareContext[CallToolRequestParams],
        call_next: CallNext[CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        """Run the tool; pass a name on that is none of the provider's."""
        tool = self._provider.tool(context.message.name)
        return await (call_next(context) if tool is None else tool.run(context.message.arguments or {}))


class ListChanged(Middleware):
    """Tells a client that its first list, made of remembered permissions, is not what the token's are now."""

    def __init__(self, permissions: TokenPermissions, shown: frozenset[str]) -> None:
        """`shown` are the permissions that the first list was made of."""
        self._permissions, self._shown = permissions, shown

    async def on_request(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:
        """Tell it beside the first answer after the present ones are known."""
        answer = await call_next(context)
        present = self._permissions.present
        if present is not None and present != self._shown and context.fastmcp_context is not None:
            self._shown = present
            await context.fastmcp_context.send_notification(ToolListChangedNotification())
        return answer


def json_result(result: JsonObject) -> ToolResult:
    """Return the MCP result that holds `result`, which is ours alone, as structured content and as text."""
    return tool_result(Outgoing(to_json(result).decode(), result, None))


def tool_result(outgoing: Outgoing, *, is_error: bool = False) -> ToolResult:
    """Return the MCP result that sends `outgoing`."""
    text = TextContent(type="text", text=outgoing.text)
    return ToolResult(content=[text], structured_content=outgoing.structured, meta=outgoing.meta, is_error=is_error)


def error_result(error: PantherMcpError, protection: Protection) -> ToolResult:
    """Return the MCP error result for `error`."""
    untrusted = _QUOTING if error.quotes_panther else ()
    return tool_result(protection.protected({"error": error.to_payload()}, untrusted), is_error=True)


async def report_progress(done: float, total: float | None, message: str) -> None:
    """Tell the client of the present request how far it is."""
    await get_context().report_progress(done, total, message)

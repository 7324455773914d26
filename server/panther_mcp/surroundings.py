"""What surrounds the tools: prompts, resources, completions; imported when a client first asks for one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from fastmcp.server.dependencies import get_context
from fastmcp.server.providers import Provider
from fastmcp.utilities.components import FastMCPComponent

from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.runner import ToolRunner
from panther_mcp.sessions import Sessions
from panther_mcp.settings import Settings
from panther_mcp.telemetry.recorder import Recorder

if TYPE_CHECKING:
    from fastmcp.prompts.base import Prompt
    from fastmcp.resources.base import Resource
    from fastmcp.resources.template import ResourceTemplate
    from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

    from panther_mcp.completions import Completer
    from panther_mcp.prompts import PromptProvider
    from panther_mcp.resources import ResourceProvider


class Surroundings:
    """What one server offers beside its `tools`, by their names."""

    def __init__(
        self,
        settings: Settings,
        tools: Mapping[str, RegisteredTool],
        runner: ToolRunner,
        sessions: Sessions,
        recorder: Recorder,
    ) -> None:
        self._settings = settings
        self._tools = tools
        self._runner = runner
        self._sessions = sessions
        self._recorder = recorder

    def providers(self) -> list[Provider]:
        """Return the providers of prompts and resources."""
        return [_Late(lambda: self._prompts), _Late(lambda: self._resources)]

    def prompt_names(self) -> Iterable[str]:
        """Return the names of the prompts that are offered."""
        return self._prompts.texts

    async def complete(
        self,
        reference: "PromptReference | ResourceTemplateReference",
        argument: "CompletionArgument",
        context: "CompletionContext | None",
    ) -> "Completion":
        """Answer completion/complete."""
        return await self._completer.complete(reference, argument, context)

    @cached_property
    def _prompts(self) -> "PromptProvider":
        from panther_mcp.prompts import PromptProvider

        return PromptProvider(frozenset(self._tools), discovery=self._settings.discovery)

    @cached_property
    def _resources(self) -> "ResourceProvider":
        from panther_mcp.resources import ResourceProvider

        return ResourceProvider(self._tools, self._runner, self._sessions, self._configuration, self._recorder)

    @cached_property
    def _completer(self) -> "Completer":
        from panther_mcp.completions import Completer

        return Completer(self._tools, self._runner, lambda: self._prompts.texts)

    def _configuration(self) -> JsonObject:
        from panther_mcp.configuration import configuration

        return configuration(self._settings, self._tools, get_context().transport)


class _Late(Provider):
    """Serves what the provider that `made` returns lists; it has no tools, so listing tools imports nothing."""

    def __init__(self, made: Callable[[], Provider]) -> None:
        super().__init__()
        self._made = made

    async def _list_prompts(self) -> "Sequence[Prompt]":
        return await self._made().list_prompts()

    async def _list_resources(self) -> "Sequence[Resource]":
        return await self._made().list_resources()

    async def _list_resource_templates(self) -> "Sequence[ResourceTemplate]":
        return await self._made().list_resource_templates()

    async def get_tasks(self) -> Sequence[FastMCPComponent]:
        """Return none: without this, FastMCP would build everything at start to look."""
        return []

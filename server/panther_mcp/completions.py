"""Completion of arguments of prompts and resource templates: what a client offers while a person types.

Each source of values is a tool that lists them, run as if it were called, so that permissions and errors are the same.
Nothing is offered where the tool is not. What a list said is kept for a moment: a client asks at every key.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from panther_mcp.errors import PantherMcpError
from panther_mcp.prompt_arguments import MONTHS
from panther_mcp.prompt_texts import PromptText
from panther_mcp.protocol_errors import mcp_error
from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Requester
from panther_mcp.sessions import Session
from panther_overrides.resources import TEMPLATES

Given = Mapping[str, str]
Candidate = tuple[str, str]  # the value, and other words that it is found by

_MOST: Final = 100  # as the protocol has it
_KEPT_SECONDS: Final = 20.0
_KEPT_LISTS: Final = 50
_KINDS: Final = ("rules", "simple_rules", "scheduled_rules", "policies")


@dataclass(frozen=True)
class _Source:
    """Values that the list `name` of a tool's result holds; `asks` makes its arguments of what is given already."""

    tool: str
    name: str
    value: str
    known_by: tuple[str, ...] = ()
    asks: Callable[[Given], dict[str, Any]] = lambda given: {}


_SOURCES: Final[Mapping[str, _Source]] = {
    "alerts": _Source(
        "list_alerts", "alerts", "id", ("title",), lambda given: {"statuses": ["OPEN", "TRIAGED"], "page_size": 50}
    ),
    "databases": _Source("list_databases", "databases", "name"),
    "detections": _Source(
        "list_detections",
        "detections",
        "id",
        ("displayName",),
        lambda given: {"detection_types": given.get("type") or list(_KINDS), "limit": 1000},
    ),
    "queries": _Source("list_scheduled_queries", "queries", "id", ("name",), lambda given: {"limit": 1000}),
    "schemas": _Source("list_log_type_schemas", "schemas", "name"),
    "tables": _Source(
        "list_database_tables",
        "tables",
        "name",
        ("logType",),
        lambda given: {"database": given.get("database") or "panther_logs.public"},
    ),
}
_FIXED: Final[Mapping[str, tuple[str, ...]]] = {"detection_types": _KINDS, "months": MONTHS}


class Completer:
    """Answers completion/complete for the templates and for the `prompts` that are offered."""

    def __init__(
        self,
        tools: Mapping[str, RegisteredTool],
        runner: ToolRunner,
        prompts: Callable[[], Mapping[str, PromptText]],
    ) -> None:
        self._tools = tools
        self._runner = runner
        self._prompts = prompts
        self._kept: dict[str, tuple[float, list[Candidate]]] = {}

    async def complete(
        self,
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """Return the values that fit what was typed, those first that begin with it; none for what is unknown."""
        source = self._source(reference, argument.name)
        given = (context.arguments if context else None) or {}
        try:
            candidates = await self._candidates(source, given)
        except PantherMcpError as error:
            raise mcp_error(error) from error
        typed = argument.value.strip().lower()
        found = [
            (not value.lower().startswith(typed), value)
            for value, words in candidates
            if typed in value.lower() or typed in words.lower()
        ]
        values = [value for _, value in sorted(found, key=lambda one: one[0])]
        return Completion(values=values[:_MOST], total=len(values), has_more=len(values) > _MOST)

    def _source(self, reference: PromptReference | ResourceTemplateReference, name: str) -> str | None:
        if isinstance(reference, PromptReference):
            prompt = self._prompts().get(reference.name)
            parameter = prompt.arguments.get(name) if prompt else None
            return parameter.complete if parameter else None
        templates = (template for template in TEMPLATES if template.uri == reference.uri)
        return next((template.complete.get(name) for template in templates if template.tool in self._tools), None)

    async def _candidates(self, name: str | None, given: Given) -> list[Candidate]:
        if name is None:
            return []
        if name in _FIXED:
            return [(value, "") for value in _FIXED[name]]
        source = _SOURCES[name]
        tool = self._tools.get(source.tool)
        if tool is None:
            return []
        arguments = source.asks(given)
        key = f"{name} {arguments}"
        until, kept = self._kept.get(key, (0.0, []))
        if time.monotonic() < until:
            return kept
        # Nobody called a tool: the session does not count this.
        result = (await self._runner.run(tool, arguments, Requester(_silent, Session()))).structured
        found = [_candidate(item, source) for item in result.get(source.name, ()) if item.get(source.value)]
        if len(self._kept) >= _KEPT_LISTS:
            self._kept.clear()
        self._kept[key] = (time.monotonic() + _KEPT_SECONDS, found)
        return found


def _candidate(item: JsonObject, source: _Source) -> Candidate:
    return str(item[source.value]), " ".join(str(item.get(name, "")) for name in source.known_by)


async def _silent(done: float, total: float | None, message: str) -> None:
    """Tell nobody: a completion has no progress."""

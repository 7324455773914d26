"""The resources as FastMCP sees them: what this server runs with, the session, guides, and tools' results by URI."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastmcp.resources.base import Resource, ResourceContent, ResourceResult
from fastmcp.resources.template import ResourceTemplate
from fastmcp.server.providers import Provider
from mcp_types import Resource as McpResource
from mcp_types import ResourceTemplate as McpResourceTemplate
from pydantic import AnyUrl, PrivateAttr
from pydantic_core import to_json

from panther_mcp.errors import PantherMcpError
from panther_mcp.protocol_errors import RefusedError
from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Requester
from panther_mcp.sessions import Sessions
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.tools import report_progress
from panther_overrides.resources import GUIDES, TEMPLATES, ToolResource

_JSON = "application/json"
# What Panther answered stands in a fence, for a model to read: no JSON any more.
_FENCED = "text/plain"
_MARKDOWN = "text/markdown"


class PantherResource(Resource):
    """A resource whose text is made when it is read."""

    _text: Callable[[], str] = PrivateAttr()

    @classmethod
    def of(cls, uri: str, name: str, description: str, mime_type: str, text: Callable[[], str]) -> "PantherResource":
        """Return the FastMCP resource at `uri`, whose content `text` makes."""
        resource = cls(uri=AnyUrl(uri), name=name, description=description, mime_type=mime_type)
        resource._text = text
        return resource

    def to_mcp_resource(self, **overrides: Any) -> McpResource:
        """Return the entry of the list without FastMCP's metadata."""
        return super().to_mcp_resource(**({"_meta": None} | overrides))

    async def read(self) -> ResourceResult:
        """Return the content."""
        return ResourceResult([ResourceContent(self._text(), mime_type=self.mime_type)])


class PantherTemplate(ResourceTemplate):
    """A template whose resources are results of a tool: the same permissions, errors and JSON."""

    _source: ToolResource = PrivateAttr()
    _tool: RegisteredTool = PrivateAttr()
    _runner: ToolRunner = PrivateAttr()
    _sessions: Sessions = PrivateAttr()

    @classmethod
    def of(
        cls, source: ToolResource, tool: RegisteredTool, runner: ToolRunner, sessions: Sessions
    ) -> "PantherTemplate":
        """Return the FastMCP template for `source`, read with `tool`."""
        names = source.arguments.values()
        template = cls(
            uri_template=source.uri,
            name=source.name,
            description=source.description,
            mime_type=_FENCED,
            parameters={"type": "object", "properties": {name: {"type": "string"} for name in names}},
        )
        template._source, template._tool, template._runner, template._sessions = source, tool, runner, sessions
        return template

    def to_mcp_template(self, **overrides: Any) -> McpResourceTemplate:
        """Return the entry of the list without FastMCP's metadata."""
        return super().to_mcp_template(**({"_meta": None} | overrides))

    async def _read(self, uri: str, params: dict[str, Any]) -> ResourceResult:
        arguments = {param: params[name] for param, name in self._source.arguments.items()}
        requester = Requester(report_progress, self._sessions.current())
        try:
            sent = await self._runner.run(self._tool, arguments, requester)
        except PantherMcpError as error:
            raise RefusedError(error) from error
        return ResourceResult([ResourceContent(sent.text, mime_type=_FENCED)])


class ResourceProvider(Provider):
    """Serves the resources; those that read something of Panther, or explain a tool, where `tools` has their tool."""

    def __init__(
        self,
        tools: Mapping[str, RegisteredTool],
        runner: ToolRunner,
        sessions: Sessions,
        configuration: Callable[[], JsonObject],
        recorder: Recorder,
    ) -> None:
        super().__init__()
        self._tools = tools
        self._runner = runner
        self._sessions = sessions
        self._configuration = configuration
        self._recorder = recorder

    async def _list_resources(self) -> Sequence[Resource]:
        own = (
            PantherResource.of(
                "config://panther",
                "Configuration",
                "What this server runs with: version, Panther instance, toolsets, transport.",
                _JSON,
                lambda: _text(self._configuration()),
            ),
            PantherResource.of(
                "session://info",
                "Session",
                "When this session began, its calls, and the bytes that its queries scanned.",
                _JSON,
                self._session,
            ),
            PantherResource.of(
                "metrics://panther",
                "Metrics",
                "Calls, errors and durations of each tool and of each request to Panther, since the server started.",
                _JSON,
                lambda: _text(self._recorder.told()),
            ),
        )
        guides = (
            PantherResource.of(guide.uri, guide.name, guide.description, _MARKDOWN, guide.text)
            for guide in GUIDES
            if guide.tool in self._tools
        )
        return [*own, *guides]

    def _session(self) -> str:
        session = self._sessions.current()
        return _text(session.told(pending=self._runner.confirmations.pending(session)))

    async def _list_resource_templates(self) -> Sequence[ResourceTemplate]:
        return [
            PantherTemplate.of(source, self._tools[source.tool], self._runner, self._sessions)
            for source in TEMPLATES
            if source.tool in self._tools
        ]


def _text(value: JsonObject) -> str:
    return to_json(value).decode()

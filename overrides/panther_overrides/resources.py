"""The resources that read something of Panther: each is a tool's result under a URI. And the guides, which are text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files


@dataclass(frozen=True)
class ToolResource:
    """A template whose content is the result of `tool`.

    `arguments` maps the tool's parameters to the template's; `complete` says what a client may be offered for a
    parameter of the template (see `panther_mcp.completions`).
    """

    uri: str
    name: str
    description: str
    tool: str
    arguments: Mapping[str, str]
    complete: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Guide:
    """A text in Markdown; it is offered where `tool` is."""

    uri: str
    name: str
    description: str
    tool: str
    file: str

    def text(self) -> str:
        """Return the text."""
        return (files("panther_overrides") / "guides" / self.file).read_text(encoding="utf-8")


TEMPLATES = (
    ToolResource(
        uri="panther://schemas/{name}",
        name="Log type schema",
        description="The fields of a log type, e.g. AWS.CloudTrail.",
        tool="get_log_type_schema_details",
        arguments={"schema_names": "name"},
        complete={"name": "schemas"},
    ),
    ToolResource(
        uri="panther://tables/{database}/{table}",
        name="Data lake table",
        description="The columns of a table, e.g. panther_logs.public and aws_cloudtrail.",
        tool="get_table_schema",
        arguments={"database_name": "database", "table_name": "table"},
        complete={"database": "databases", "table": "tables"},
    ),
    ToolResource(
        uri="panther://queries/{id}",
        name="Saved query",
        description="A saved or scheduled query: its SQL and when it runs.",
        tool="get_scheduled_query",
        arguments={"query_id": "id"},
        complete={"id": "queries"},
    ),
    ToolResource(
        uri="panther://detections/{type}/{id}",
        name="Detection",
        description="A detection's code and tests; type: rules, simple_rules, scheduled_rules or policies.",
        tool="get_detection",
        arguments={"detection_type": "type", "detection_id": "id"},
        complete={"type": "detection_types", "id": "detections"},
    ),
)

GUIDES = (
    Guide(
        uri="panther://guide/sql",
        name="SQL guide",
        description="How to query Panther's data lake: tables, time macros, indicators, nested fields, examples.",
        tool="query_data_lake",
        file="sql.md",
    ),
)

"""Log type schemas: what the model reads about the tools that list and read them."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import DETAIL

TOOLS = {
    "list_log_type_schemas": ToolOverride(
        description=(
            "Find log type schemas. Their fields are in get_log_type_schema_details; a table's columns in "
            'get_table_schema. Example: {"contains": "Okta"}'
        ),
        params={
            "contains": "Text within the name.",
            "is_archived": "Archived ones instead.",
            "is_in_use": "Whether a source uses it.",
            "is_managed": "Panther's own, or custom (false).",
            "detail": DETAIL,
        },
    ),
    "get_log_type_schema_details": ToolOverride(
        description=(
            "Read log type schemas: the fields, their types, and which are indicators. "
            'Example: {"schema_names": ["AWS.CloudTrail"]}'
        ),
        params={"schema_names": "Exact names, from list_log_type_schemas."},
    ),
}

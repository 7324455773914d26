"""Log type schemas: what the model reads about the tools that list and read them."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "list_log_type_schemas": ToolOverride(
        description=(
            "Find log type schemas, Panther's own and custom ones. Their fields are in get_log_type_schema_details; "
            'for the columns of a table, use get_table_schema. Example: {"contains": "Okta"}'
        ),
        params={
            "contains": "Only schemas whose name contains this text.",
            "is_archived": "true: archived ones instead.",
            "is_in_use": "true: only those that a source uses; false: only the others.",
            "is_managed": "true: only Panther's own; false: only custom ones.",
        },
    ),
    "get_log_type_schema_details": ToolOverride(
        description=(
            "Read log type schemas by their exact names: the fields, their types and which are indicators. "
            'Example: {"schema_names": ["AWS.CloudTrail"]}'
        ),
        params={"schema_names": "Exact names, from list_log_type_schemas."},
    ),
}

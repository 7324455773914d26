"""Changing log type schemas: what the model reads about the tools that make, change and archive them."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "create_or_update_schema": ToolOverride(
        description=(
            "Make a custom log type, or change one: the YAML of its fields. What is not given stays. Read one with "
            'get_log_type_schema_details first. Example: {"name": "Custom.Door", "spec": "version: 0\\nfields:\\n'
            '  - name: badge\\n    type: string\\n"}'
        ),
        params={
            "name": "Custom., then parts such as Acme.Audit.",
            "spec": "The whole schema as YAML.",
            "description": "What the logs are.",
            "reference_url": "Where they are described.",
            "field_discovery": "true: add fields that turn up in the logs.",
        },
    ),
    "update_schema_status": ToolOverride(
        description=(
            "Archive a log type schema that no source uses, or bring it back. "
            'Example: {"schema_name": "GitHub.Audit", "is_archived": false}'
        ),
        params={
            "schema_name": "The exact name, from list_log_type_schemas.",
            "is_archived": "true: archive it; false: bring it back.",
        },
    ),
}

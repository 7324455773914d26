"""Log sources: what the model reads about the tools that list them."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "list_log_sources": ToolOverride(
        description=(
            "List the log sources, healthy or not: what sends logs, and when it last did. A source that is "
            "unhealthy or silent explains events that are missing. "
            'Example: {"is_healthy": false}'
        ),
        params={
            "log_types": "Only sources of one of these log types, e.g. AWS.CloudTrail.",
            "is_healthy": "true: only healthy ones; false: only unhealthy ones; leave out for all.",
            "integration_type": "Only this kind of source, e.g. aws-s3.",
            "limit": "Sources a page.",
            "cursor": "next_cursor of the page before, with the same filters.",
        },
    ),
    "get_log_source": ToolOverride(
        description=(
            "Read one log source of any kind: its health, and of an S3 source the bucket, prefixes and role. How an "
            'HTTP source authenticates is in get_http_log_source. Example: {"source_id": "<integrationId>"}'
        ),
        params={"source_id": "The integrationId, from list_log_sources."},
    ),
    "get_http_log_source": ToolOverride(
        description=(
            "Read one HTTP log source: how it authenticates and what it takes. Its secrets are not shown. "
            'Example: {"source_id": "<integrationId from list_log_sources>"}'
        ),
        params={"source_id": "The source's integrationId; only sources of type http have this."},
    ),
}

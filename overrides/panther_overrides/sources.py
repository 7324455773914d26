"""Log sources: what the model reads about the tools that list them."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import CURSOR, DETAIL

TOOLS = {
    "list_log_sources": ToolOverride(
        description=(
            "List the log sources: their health, and when they last sent logs. Explains missing events. "
            'Example: {"is_healthy": false}'
        ),
        params={
            "log_types": "Any of these, e.g. AWS.CloudTrail.",
            "is_healthy": "All if left out.",
            "integration_type": "E.g. aws-s3.",
            "limit": "Sources a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
        table="log_sources",
        keywords="unhealthy silent ingestion broken",
    ),
    "get_log_source": ToolOverride(
        description=(
            "Read one log source of any kind: its health, and of an S3 source the bucket, prefixes and role. How an "
            "HTTP source authenticates is in get_http_log_source. "
            'Example: {"source_id": "484dbf38-0675-556e-ad3d-1f871f22257f"}'
        ),
        params={"source_id": "The integrationId, from list_log_sources."},
    ),
    "get_http_log_source": ToolOverride(
        description=(
            "Read one HTTP log source: how it authenticates, without its secrets. "
            'Example: {"source_id": "0e32811b-4817-5fd5-9929-8f6a05b5cbf8"}'
        ),
        params={"source_id": "integrationId of an HTTP source."},
    ),
}

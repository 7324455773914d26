"""Saved queries, writing: what the model reads about the tools that save, change and delete them."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of, exclusive

_FIELDS = {
    "sql": "Snowflake SQL; try it with query_data_lake first.",
    "description": "What it is for.",
    "cron": 'When it runs, in UTC, e.g. "0 6 * * 1-5".',
    "rate_minutes": "Run every so many minutes, instead of cron.",
    "timeout_minutes": "Minutes after which a run is ended.",
    "disabled": "Keep the schedule but do not run.",
}

TOOLS = {
    "create_scheduled_query": ToolOverride(
        description=(
            "Save a query, with a schedule (cron or rate_minutes) or without. Scheduled rules run over its rows. "
            'Example: {"name": "Sign-ins by hour", "sql": "SELECT COUNT(*) AS n FROM '
            'panther_logs.public.okta_systemlog WHERE p_occurs_since(\'1 h\')", "rate_minutes": 60}'
        ),
        params={"name": "A new name.", **_FIELDS},
        rules=(exclusive("cron", "rate_minutes"),),
    ),
    "update_scheduled_query": ToolOverride(
        description=(
            "Change a saved query, its SQL or its schedule; what is not given stays. "
            'Example: {"query_id": "7dbb2548-b7c8-5e99-9f22-88b6f2ae74f8", "disabled": true}'
        ),
        params={"query_id": "The query's id, from list_scheduled_queries.", "name": "Another name.", **_FIELDS},
        rules=(
            exclusive("cron", "rate_minutes"),
            at_least_one_of("name", "sql", "description", "cron", "rate_minutes", "timeout_minutes", "disabled"),
        ),
    ),
    "delete_scheduled_queries": ToolOverride(
        description=(
            "Delete saved queries; refused while scheduled rules run over them. The answer holds what was deleted. "
            'Example: {"query_ids": ["9f9011dc-90ac-5f50-a43f-29de1a6a9a33"]}'
        ),
        params={
            "query_ids": "Their ids, from list_scheduled_queries.",
            "delete_detections": "Delete those scheduled rules as well.",
        },
    ),
}

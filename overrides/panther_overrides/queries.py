"""Saved queries: what the model reads about the tools that read them."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "list_scheduled_queries": ToolOverride(
        description=(
            "List the saved and scheduled queries and when they run. Their SQL is in get_scheduled_query. "
            'Example: {"name_contains": "access key"}'
        ),
        params={
            "name_contains": "Only queries whose name contains this text.",
            "limit": "Queries a page.",
            "cursor": "next_cursor of the page before, with the same name_contains.",
        },
    ),
    "get_scheduled_query": ToolOverride(
        description=(
            "Read one saved or scheduled query: its SQL and when it runs. To run SQL, use query_data_lake. "
            'Example: {"query_id": "<id>"}'
        ),
        params={"query_id": "The query's id, from list_scheduled_queries."},
    ),
}

"""Saved queries: what the model reads about the tools that read them."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "get_scheduled_query": ToolOverride(
        description=(
            "Read one saved or scheduled query: its SQL and when it runs. To run SQL, use query_data_lake. "
            'Example: {"query_id": "<id>"}'
        ),
        params={"query_id": "The query's id; a scheduled rule names its queries in scheduledQueries."},
    ),
}

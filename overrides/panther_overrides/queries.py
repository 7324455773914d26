"""Saved queries: what the model reads about the tools that read them."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import CURSOR, DETAIL

TOOLS = {
    "list_scheduled_queries": ToolOverride(
        description=(
            "List the saved and scheduled queries. Their SQL is in get_scheduled_query. "
            'Example: {"name_contains": "key"}'
        ),
        params={
            "name_contains": "Text within the name.",
            "limit": "Queries a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
    ),
    "get_scheduled_query": ToolOverride(
        description=(
            "Read one saved or scheduled query: its SQL, and when it runs. "
            'Example: {"query_id": "7dbb2548-b7c8-5e99-9f22-88b6f2ae74f8"}'
        ),
        params={"query_id": "Its id or URL."},
    ),
}

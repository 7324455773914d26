"""Users: what the model reads about the tools that look people up."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "list_users": ToolOverride(
        description="List the people who use Panther, with their roles: whom to assign alerts to. Example: {}",
        params={
            "limit": "Users a page.",
            "cursor": "next_cursor of the page before; leave out for the first page.",
        },
    ),
    "get_user": ToolOverride(
        description='Read one user of Panther. Example: {"user_id": "<id from list_users>"}',
        params={"user_id": "The user's id, from list_users."},
    ),
}

"""Users: what the model reads about the tools that look people and their roles up."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import CURSOR, DETAIL

TOOLS = {
    "list_users": ToolOverride(
        description="List the users of Panther with their roles: whom to assign alerts to. Example: {}",
        params={
            "contains": "Text within name or e-mail address.",
            "include_deactivated": "Those who cannot sign in, too.",
            "limit": "Users a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
        keywords="person people look up assignee team",
    ),
    "get_user": ToolOverride(
        description='Read one user of Panther. Example: {"user_id": "lena.fischer@acme.example"}',
        params={"user_id": "Its id or e-mail address."},
        keywords="person look up who is",
    ),
    "list_roles": ToolOverride(
        description=('List the roles of Panther\'s users and what each may do. Example: {"name_contains": "analyst"}'),
        params={
            "name_contains": "Text within the name.",
            "name": "The exact name.",
            "role_ids": "Their ids.",
            "sort_dir": "Order by name.",
            "detail": DETAIL,
        },
    ),
    "get_role": ToolOverride(
        description=(
            'Read one role: its permissions and log types. Example: {"role_id": "d255de3d-c17e-5ae2-a4bf-e13a16f99a04"}'
        ),
        params={"role_id": "Its id."},
    ),
}

"""Users: what the model reads about the tools that look people and their roles up."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "list_users": ToolOverride(
        description="List the people who use Panther, with their roles: whom to assign alerts to. Example: {}",
        params={
            "contains": "Only users whose name or e-mail address contains this text.",
            "include_deactivated": "true: those who cannot sign in any more, too.",
            "limit": "Users a page.",
            "cursor": "next_cursor of the page before; leave out for the first page.",
        },
    ),
    "get_user": ToolOverride(
        description='Read one user of Panther. Example: {"user_id": "lena.fischer@acme.example"}',
        params={"user_id": "The user's id, or e-mail address."},
    ),
    "list_roles": ToolOverride(
        description=('List the roles of Panther\'s users and what each may do. Example: {"name_contains": "analyst"}'),
        params={
            "name_contains": "Only roles whose name contains this text.",
            "name": "Only the role of exactly this name.",
            "role_ids": "Only these roles.",
            "sort_dir": "Order by name.",
        },
    ),
    "get_role": ToolOverride(
        description='Read one role: its permissions and the log types that it may see. Example: {"role_id": "<id>"}',
        params={"role_id": "The role's id, from list_roles or get_user."},
    ),
}

"""The instance: what the model reads about the tools on Panther itself and the token in use."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "get_permissions": ToolOverride(
        description=("Tell what the API token in use may do, e.g. after a permission_denied. Example: {}"),
        keywords="token may do allowed rights access",
    ),
    "get_general_settings": ToolOverride(description="Tell which version of Panther this is. Example: {}"),
    "get_session_info": ToolOverride(
        description=(
            "Tell when this session with the server began, its calls so far and how many failed, the bytes that its "
            "queries scanned and may still scan, and how many changes wait for a confirmation. Asks Panther nothing. "
            "Example: {}"
        )
    ),
}

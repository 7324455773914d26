"""Find a user by id or by e-mail address."""

from typing import Any

from panther_mcp.errors import UpstreamError
from panther_mcp.runtime import Call


async def find_user(call: Call, user: str) -> Any:
    """Return Panther's answer for the user; only an e-mail address holds an @."""
    found = await (call.graphql.get_user_by_email(email=user) if "@" in user else call.graphql.get_user(id=user))
    if found is not None and not found.id:
        raise UpstreamError("Panther's answer about the user does not say the user's id.", retryable=True)
    return found

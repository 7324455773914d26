"""Find a user by id or by e-mail address."""

from typing import Any

from panther_mcp.runtime import Call


async def find_user(call: Call, user: str) -> Any:
    """Return Panther's answer for the user; only an e-mail address holds an @."""
    if "@" in user:
        return await call.graphql.get_user_by_email(email=user)
    return await call.graphql.get_user(id=user)

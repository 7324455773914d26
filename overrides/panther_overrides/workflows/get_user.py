"""Read one user, named by id or e-mail address."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, record
from panther_overrides.workflows.common.people import find_user

if TYPE_CHECKING:
    from panther_tools.users import GetUser


async def get_user(call: Call, *, user_id: str) -> JsonObject:
    """Return the user. Raises `NotFound` where there is none."""
    return record(await find_user(call, user_id))


if TYPE_CHECKING:
    _: GetUser = get_user

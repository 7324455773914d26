"""Delete a user, named by id or e-mail address."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import approve_deletion, confirmed, present
from panther_overrides.workflows.common.people import find_user

if TYPE_CHECKING:
    from panther_tools.access_admin import DeleteUser


async def delete_user(call: Call, *, user_id: str) -> JsonObject:
    """Return the user who was deleted."""
    found = present(call, await find_user(call, user_id))
    doomed = {name: found[name] for name in ("id", "email", "givenName", "familyName", "role") if name in found}
    await approve_deletion(call, doomed)
    await _apply(call, str(found["id"]))
    return {"deleted": doomed}


async def _apply(call: Call, user_id: str) -> None:
    from panther_client.graphql.input_types import DeleteUserInput

    confirmed(await call.graphql.delete_user(input=DeleteUserInput(id=user_id)))


if TYPE_CHECKING:
    _: DeleteUser = delete_user

"""Change a user: only what is given, and it is told what that was before."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch, present
from panther_overrides.workflows.common.people import find_user

if TYPE_CHECKING:
    from panther_tools.access_admin import UpdateUser


async def update_user(
    call: Call,
    *,
    user_id: str,
    email: str | None,
    given_name: str | None,
    family_name: str | None,
    role: str | None,
) -> JsonObject:
    """Return what changed of the user."""
    found = present(call, await find_user(call, user_id))
    change = _change(found, {"email": email, "givenName": given_name, "familyName": family_name, "role": role})
    if change.fields:
        await approve(call, change, id=found["id"])
        await _apply(call, str(found["id"]), change)
    return {"id": found["id"], **change.told()}


def _change(found: JsonObject, given: JsonObject) -> Change:
    """Return the change; a role is told by its name."""
    before = {name: found.get(name) for name in ("email", "givenName", "familyName")}
    return patch({**before, "role": found.get("role", {}).get("name")}, given)


async def _apply(call: Call, user_id: str, change: Change) -> None:
    from panther_client.graphql.enums import UserRoleInputKind
    from panther_client.graphql.input_types import UpdateUserInput, UserRoleInput

    changed = {name: str(change.after[name]) for name in change.fields}
    role = changed.pop("role", None)
    wanted = UpdateUserInput(
        id=user_id,
        email=changed.get("email"),
        givenName=changed.get("givenName"),
        familyName=changed.get("familyName"),
        role=None if role is None else UserRoleInput(kind=UserRoleInputKind.NAME, value=role),
    )
    confirmed(await call.graphql.update_user(input=wanted), "user")


if TYPE_CHECKING:
    _: UpdateUser = update_user

"""Delete a role."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import approve_deletion, present

if TYPE_CHECKING:
    from panther_tools.access_admin import DeleteRole


async def delete_role(call: Call, *, role_id: str) -> JsonObject:
    """Return the role that was deleted. Panther refuses one that users have."""
    found = present(call, await call.rest.role_get(id=role_id))
    doomed = {name: found[name] for name in ("id", "name", "permissions") if name in found}
    await approve_deletion(call, doomed)
    await call.rest.role_delete(id=role_id)
    return {"deleted": doomed}


if TYPE_CHECKING:
    _: DeleteRole = delete_role

"""Delete an API token."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.api_tokens import other_token
from panther_overrides.workflows.common.changing import approve_deletion

if TYPE_CHECKING:
    from panther_tools.access_admin import DeleteApiToken


async def delete_api_token(call: Call, *, token_id: str) -> JsonObject:
    """Return the token that was deleted."""
    found = await other_token(call, token_id, "deleted")
    doomed = {name: found[name] for name in ("id", "name", "permissions", "lastUsedAt") if name in found}
    await approve_deletion(call, doomed)
    await call.rest.api_token_delete(id=str(found["id"]))
    return {"deleted": doomed}


if TYPE_CHECKING:
    _: DeleteApiToken = delete_api_token

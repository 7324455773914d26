"""Delete a global helper, unless something still imports it."""

from typing import TYPE_CHECKING

from panther_mcp.errors import Conflict
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import deleted
from panther_overrides.workflows.common.helper_users import users_of

if TYPE_CHECKING:
    from panther_tools.helpers_write import DeleteGlobalHelper

_SHOWN = 50


async def delete_global_helper(call: Call, *, helper_id: str, force: bool) -> JsonObject:
    """Return the helper that was deleted, with its code, and what imports it although it is gone.

    Raises `Conflict` when something imports it, unless `force`.
    """
    before = await call.documents.read("globals", helper_id)
    users = await users_of(call, helper_id)
    shown = [*users[:_SHOWN], *([f"and {len(users) - _SHOWN} more"] if len(users) > _SHOWN else [])]
    if users and not force:
        raise Conflict(
            f"{helper_id} is imported by {', '.join(shown)}.",
            hint="Change those first, or pass force: true; they fail from then on.",
        )
    documents = {f"globals/{helper_id}": (before, None)}
    await call.approve(before=before, documents=documents, deletes=True, imported_by=shown)
    await call.documents.delete("globals", helper_id)
    return {"deleted": deleted(call, before)} | ({"broken": shown} if users else {})


if TYPE_CHECKING:
    _: DeleteGlobalHelper = delete_global_helper

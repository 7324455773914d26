"""Change a global helper: what is given gets another value, the rest stays."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import apply_update, patched

if TYPE_CHECKING:
    from panther_tools.helpers_write import UpdateGlobalHelper


async def update_global_helper(
    call: Call, *, helper_id: str, body: str | None, description: str | None, tags: list[str] | None
) -> JsonObject:
    """Return what changed. Raises `NotFound` for an id that no helper has."""
    before = await call.documents.read("globals", helper_id)
    change = patched(helper_id, before, {"body": body, "description": description, "tags": tags})
    return await apply_update(call, "globals", change, lambda new: call.documents.replace("globals", helper_id, new))


if TYPE_CHECKING:
    _: UpdateGlobalHelper = update_global_helper

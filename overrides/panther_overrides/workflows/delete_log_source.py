"""Delete a log source of any kind."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import approve_deletion, confirmed, present

if TYPE_CHECKING:
    from panther_tools.sources_write import DeleteLogSource

_TOLD = ("integrationId", "integrationLabel", "integrationType", "logTypes", "lastEventReceivedAtTime")


async def delete_log_source(call: Call, *, source_id: str) -> JsonObject:
    """Return the source that was deleted."""
    found = present(call, await call.graphql.get_log_source(id=source_id))
    doomed = {name: found[name] for name in _TOLD if name in found}
    await approve_deletion(call, doomed)
    await _apply(call, source_id)
    return {"deleted": doomed}


async def _apply(call: Call, source_id: str) -> None:
    from panther_client.graphql.input_types import DeleteSourceInput

    confirmed(await call.graphql.delete_source(input=DeleteSourceInput(id=source_id)))


if TYPE_CHECKING:
    _: DeleteLogSource = delete_log_source

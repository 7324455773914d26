"""Stop a query that still runs, with all parts of a search, and tell how it has ended."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, Id, JsonObject
from panther_overrides.workflows.common.lake_searches import ENDED, LakeQuery, cancel_running_parts, look_up

if TYPE_CHECKING:
    from panther_tools.data_lake import CancelDataLakeQuery


async def cancel_data_lake_query(call: Call, *, query_id: Id) -> JsonObject:
    """Return the query's state before and after, and the ids of what was stopped. Raises `NotFound`."""
    query = await look_up(call, query_id)
    running = _running(query)
    if running:
        await call.approve(before={"running": running}, after={"running": []})
        await _stop(call, query_id)
        query, before = await look_up(call, query_id), query
    else:
        before = query
    still = _running(query)
    result: JsonObject = {
        "query_id": query_id,
        "status_before": before.status,
        "status": query.status,
        "cancelled": [one for one in running if one not in still],
    }
    if still:
        call.warnings.append(f"Panther does not say that these have ended: {', '.join(still)}.")
    if not running:
        call.warnings.append("It had ended before: nothing was cancelled.")
    return {name: value for name, value in result.items() if value}


def _running(query: LakeQuery) -> list[str]:
    """Return the ids of what may run: the query, and the parts of a search. What has another status has not ended."""
    own = [query.query_id] if query.status not in ENDED else []
    return own + [part.query_id for part in query.parts if part.status not in ENDED and part.query_id not in own]


async def _stop(call: Call, query_id: str) -> None:
    from panther_client.graphql.input_types import CancelDataLakeQueryInput

    await call.graphql.cancel_data_lake_query(input=CancelDataLakeQueryInput(id=query_id))
    await cancel_running_parts(call, query_id)


if TYPE_CHECKING:
    _: CancelDataLakeQuery = cancel_data_lake_query

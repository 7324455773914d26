"""Gather what the actors of an alert did around it, over all log tables."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, Id, JsonObject
from panther_overrides.workflows.common.lake_searches import run_search, tables_of

if TYPE_CHECKING:
    from panther_tools.data_lake import GetAlertActorActivity


async def get_alert_actor_activity(call: Call, *, alert_id: Id, rows_per_table: int, timeout: int) -> JsonObject:
    """Return who the actors are and the tables with what they did. Raises `NotFound`, and what `run_search` raises."""
    from panther_client.graphql.input_types import ExecuteAlertActorQueryInput

    asked = ExecuteAlertActorQueryInput(alertId=alert_id, limit=rows_per_table)

    async def start() -> str | None:
        answer = await call.graphql.start_alert_actor_query(input=asked)
        return None if answer is None else answer.id

    search = await run_search(call, start, timeout, "alert_actors")
    found = await tables_of(call, search, rows_per_table)
    if not search.row_count:
        found["note"] = "The alert's events name nobody who did something in the logs around them."
    return ({"actors": search.actors} if search.actors else {}) | found


if TYPE_CHECKING:
    _: GetAlertActorActivity = get_alert_actor_activity

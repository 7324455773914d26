"""Change a saved query: what is given gets another value, the rest stays."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import apply_update, patched
from panther_overrides.workflows.common.query_schedules import changed_schedule
from panther_overrides.workflows.common.saved_sql import check_saved

if TYPE_CHECKING:
    from panther_tools.queries_write import UpdateScheduledQuery


async def update_scheduled_query(
    call: Call,
    *,
    query_id: str,
    name: str | None,
    sql: str | None,
    description: str | None,
    cron: str | None,
    rate_minutes: int | None,
    timeout_minutes: int | None,
    disabled: bool | None,
) -> JsonObject:
    """Return what changed. Raises `NotFound` for an id that no query has.

    What is raised for SQL that may not be saved, `check_saved` says.
    """
    before = await call.documents.read("queries", query_id)
    schedule = changed_schedule(
        before.get("schedule"),
        cron=cron,
        rate_minutes=rate_minutes,
        timeout_minutes=timeout_minutes,
        disabled=disabled,
    )
    change = patched(query_id, before, {"name": name, "sql": sql, "description": description, "schedule": schedule})
    await check_saved(call, before, change.after)
    return await apply_update(call, "queries", change, lambda new: call.documents.update("queries", query_id, new))


if TYPE_CHECKING:
    _: UpdateScheduledQuery = update_scheduled_query

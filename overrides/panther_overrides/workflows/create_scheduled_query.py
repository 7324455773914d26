"""Save a query, with a schedule or without."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import apply_create
from panther_overrides.workflows.common.query_schedules import changed_schedule
from panther_overrides.workflows.common.saved_sql import check_saved

if TYPE_CHECKING:
    from panther_tools.queries_write import CreateScheduledQuery


async def create_scheduled_query(
    call: Call,
    *,
    name: str,
    sql: str,
    description: str | None,
    cron: str | None,
    rate_minutes: int | None,
    timeout_minutes: int | None,
    disabled: bool | None,
) -> JsonObject:
    """Return what was created, with the id that Panther gave it. Raises `Conflict` for a name that is taken.

    What is raised for SQL that may not be saved, `check_saved` says.
    """
    schedule = changed_schedule(
        None, cron=cron, rate_minutes=rate_minutes, timeout_minutes=timeout_minutes, disabled=disabled
    )
    given = {"name": name, "sql": sql, "description": description, "schedule": schedule}
    document = {field: value for field, value in given.items() if value is not None}
    await check_saved(call, None, document)
    return await apply_create(call, "queries", document, lambda new: call.documents.create("queries", new))


if TYPE_CHECKING:
    _: CreateScheduledQuery = create_scheduled_query

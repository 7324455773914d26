"""The check of SQL that is saved: held to what holds for SQL that is sent, as it will be run without being sent."""

from collections.abc import Mapping
from typing import Any, cast

from panther_mcp.runtime import Call
from panther_overrides.workflows.common.lake_queries import PUBLIC_LOGS


async def check_saved(call: Call, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
    """Return when the query `after` may take the place of `before`; both are documents of the REST API.

    It has to do no more than read. It needs a time bound where a schedule runs it; where none does, that it lacks one
    is a warning. What was there before is not held against a change of something else. Raises as `Call.checked_sql`.
    """
    starts = is_run(after) and not (before is not None and is_run(before))
    if before is None or starts or before.get("sql") != after.get("sql"):
        await call.checked_sql(str(after.get("sql") or ""), PUBLIC_LOGS, runs=is_run(after))


def is_run(query: Mapping[str, Any]) -> bool:
    """Say whether a schedule runs the query by itself."""
    schedule = query.get("schedule")
    if not isinstance(schedule, Mapping):
        return False
    told = cast("Mapping[str, Any]", schedule)
    return not told.get("disabled") and bool(told.get("cron") or told.get("rateMinutes"))

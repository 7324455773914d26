"""The schedule of a saved query: every so many minutes, or at the times of a cron expression. Pure."""

import re

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import JsonObject

_CRON_FIELD = re.compile(r"[0-9A-Za-z*,/-]+")
_CRON_FIELDS = 5


def changed_schedule(
    present: JsonObject | None,
    *,
    cron: str | None,
    rate_minutes: int | None,
    timeout_minutes: int | None,
    disabled: bool | None,
) -> JsonObject | None:
    """Return the schedule with what is given changed; None when there is none and none is given.

    Raises `InvalidInput` for one that cannot be: no time or two kinds of time, no cron expression, a run that
    may last longer than until the next one.
    """
    given = {"timeoutMinutes": timeout_minutes, "disabled": disabled}
    changes: JsonObject = {name: value for name, value in given.items() if value is not None}
    if cron is not None and rate_minutes is not None:
        raise InvalidInput("cron and rate_minutes exclude each other.", hint="Give only one of them.")
    if cron is not None:
        changes |= {"cron": _checked_cron(cron), "rateMinutes": 0}
    if rate_minutes is not None:
        changes |= {"cron": "", "rateMinutes": rate_minutes}
    if not changes:
        return present
    schedule = {**(present or {}), **changes}
    rate, timeout = int(schedule.get("rateMinutes") or 0), int(schedule.get("timeoutMinutes") or 0)
    if not schedule.get("cron") and not rate:
        raise InvalidInput(
            "timeout_minutes and disabled belong to a schedule, and the query has none.",
            hint="Give cron or rate_minutes as well.",
        )
    if rate and timeout > rate:
        raise InvalidInput(
            f"timeout_minutes is {timeout}, longer than the {rate} minutes until the next run.",
            hint="Lower timeout_minutes, or raise rate_minutes.",
        )
    return schedule


def _checked_cron(cron: str) -> str:
    fields = cron.split()
    if len(fields) != _CRON_FIELDS or not all(map(_CRON_FIELD.fullmatch, fields)):
        raise InvalidInput(
            f"{bounded(cron, 60)!r} is no cron expression.",
            hint='It has five fields: minute, hour, day of the month, month, day of the week; e.g. "0 6 * * 1-5".',
        )
    return " ".join(fields)

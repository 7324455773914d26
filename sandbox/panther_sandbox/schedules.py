"""The schedule of a saved query: every so many minutes, or at the times of a cron expression."""

from __future__ import annotations

import re

from panther_sandbox.errors import InvalidInputError
from panther_sandbox.store.database import Record

# minute, hour, day of the month, month, day of the week
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_NAMES = {
    name: str(number)
    for names, first in (("jan feb mar apr may jun jul aug sep oct nov dec", 1), ("sun mon tue wed thu fri sat", 0))
    for number, name in enumerate(names.split(), first)
}
_PART = re.compile(r"(?:\*|(?P<first>\d{1,2})(?:-(?P<last>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?")
_MOST_MINUTES = 60 * 24 * 366


def checked_schedule(given: Record | None) -> Record | None:
    """Return a schedule with all its fields; raise InvalidInputError for one that no time fits."""
    if not given:
        return None
    schedule: Record = {"cron": "", "disabled": False, "rateMinutes": 0, "timeoutMinutes": 0} | given
    cron, rate, timeout = schedule["cron"].strip(), schedule["rateMinutes"], schedule["timeoutMinutes"]
    if bool(cron) == bool(rate):
        raise InvalidInputError("schedule: exactly one of cron and rateMinutes must be given")
    if cron:
        _check_cron(cron)
    elif not 1 <= rate <= _MOST_MINUTES:
        raise InvalidInputError(f"schedule: rateMinutes must be between 1 and {_MOST_MINUTES}")
    if not 0 <= timeout <= _MOST_MINUTES:
        raise InvalidInputError(f"schedule: timeoutMinutes must be between 0 and {_MOST_MINUTES}")
    if rate and timeout > rate:
        raise InvalidInputError("schedule: timeoutMinutes must not be more than rateMinutes")
    return schedule


def _check_cron(cron: str) -> None:
    fields = cron.split()
    if len(fields) != len(_FIELDS):
        raise InvalidInputError(f"schedule: cron must have {len(_FIELDS)} fields, {cron!r} has {len(fields)}")
    for field, (least, most) in zip(fields, _FIELDS, strict=True):
        for part in field.split(","):
            if not _fits(_numbered(part), least, most):
                raise InvalidInputError(f"schedule: {field!r} is not valid in the cron expression {cron!r}")


def _numbered(part: str) -> str:
    return re.sub(r"[a-z]+", lambda name: _NAMES.get(name.group(), name.group()), part.lower())


def _fits(part: str, least: int, most: int) -> bool:
    match = _PART.fullmatch(part)
    if match is None:
        return False
    bounds = [int(match[name]) for name in ("first", "last") if match[name]]
    has_step = not match["step"] or int(match["step"]) > 0
    return has_step and all(least <= number <= most for number in bounds) and bounds == sorted(bounds)

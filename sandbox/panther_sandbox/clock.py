"""The sandbox's clock: it starts where it is told to and runs at the real pace; and the ways a time is written."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time inside the sandbox, in UTC."""

    def __init__(self, start: datetime | None = None) -> None:
        self.start = as_utc(start or datetime.now(UTC))
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """Return the current sandbox time, with UTC as its zone."""
        return self.start + timedelta(seconds=time.monotonic() - self._origin)


def as_utc(moment: datetime) -> datetime:
    """Return the same moment in UTC; a naive one is taken to be UTC already."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def api_time(moment: datetime) -> str:
    """Write a moment as the APIs do: `2026-11-20T10:11:12.000Z`. Such texts sort by time."""
    return as_utc(moment).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def lake_time(moment: datetime) -> str:
    """Write a moment as the data lake does: `2026-11-20 10:11:12.000`."""
    return moment.replace(tzinfo=None).isoformat(" ", timespec="milliseconds")


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time (or the lake's form of it); raise ValueError when it is none."""
    return as_utc(datetime.fromisoformat(text.strip().replace("Z", "+00:00")))

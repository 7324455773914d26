"""What the instance did in some days: counted from the alerts, the lake's events and the queries that were run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from panther_sandbox.clock import api_time, lake_time, parse_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.sandbox import Sandbox

INTERVALS = (15, 30, 60, 180, 360, 720, 1440)
_MOST_INTERVALS = 10_000
_EVENTS = """
SELECT p_log_type AS log_type, DATEDIFF('minute', '{first}'::timestamp, p_event_time) AS minute,
  COUNT(*) AS events, AVG(DATEDIFF('second', p_event_time, p_parse_time)) AS latency
FROM panther_views.public.all_logs
WHERE p_event_time >= '{first}'::timestamp AND p_event_time < '{last}'::timestamp
GROUP BY 1, 2
"""
_BYTES = """
SELECT p_source_label AS source, DATEDIFF('minute', '{first}'::timestamp, p_event_time) AS minute,
  SUM(bytesProcessed) AS bytes
FROM panther_monitor.public.data_audit
WHERE p_event_time >= '{first}'::timestamp AND p_event_time < '{last}'::timestamp
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Span:
    """The time asked for, cut into intervals."""

    first: datetime
    last: datetime
    minutes: int

    @classmethod
    def of(cls, first: datetime, last: datetime, minutes: int | None) -> Span:
        """Make a span; raise InvalidInputError for one that no metrics can be made of."""
        if first >= last:
            raise InvalidInputError("fromDate must be before toDate")
        total = (last - first).total_seconds() / 60
        if minutes is None:
            minutes = next((interval for interval in INTERVALS if total / interval <= 100), INTERVALS[-1])
        if minutes not in INTERVALS:
            raise InvalidInputError(f"intervalInMinutes must be one of {', '.join(map(str, INTERVALS))}")
        if total / minutes > _MOST_INTERVALS:
            raise InvalidInputError(f"there are more than {_MOST_INTERVALS} intervals between fromDate and toDate")
        return cls(first, last, minutes)

    def starts(self) -> list[str]:
        """Return when each interval begins."""
        count = int(-(-(self.last - self.first).total_seconds() // (60 * self.minutes)))
        return [api_time(self.first + timedelta(minutes=self.minutes * number)) for number in range(count)]


class Series:
    """Counts by label and interval."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._starts = span.starts()
        self._counts: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))

    def add(self, label: str, minute: float, value: float = 1) -> None:
        """Count a value at so many minutes after the span's start."""
        self._counts[label][min(max(int(minute // self._span.minutes), 0), len(self._starts) - 1)] += value

    def totals(self) -> dict[str, float]:
        """Return the sum of each label."""
        return {label: sum(counts.values()) for label, counts in sorted(self._counts.items())}

    def with_breakdown(self) -> list[dict[str, Any]]:
        """Return the series as GraphQL has them."""
        return [
            {
                "label": label,
                "value": sum(counts.values()),
                "breakdown": {start: counts.get(number, 0) for number, start in enumerate(self._starts)},
            }
            for label, counts in sorted(self._counts.items())
        ]


def metrics(sandbox: Sandbox, span: Span) -> dict[str, Any]:
    """Return every metric of a span."""
    severities, rules = _alerts(sandbox, span)
    events, latency = _events(sandbox, span)
    processed = Series(span)
    for row in _lake_rows(sandbox, span, _BYTES):
        processed.add(str(row["source"]), row["minute"], float(row["bytes"]))
    queried = Series(span)
    for query in sandbox.store.queries.started_between(api_time(span.first), api_time(span.last)):
        minute = _minutes_into(span, query["started_at"])
        queried.add("Scheduled" if query["is_scheduled"] else "Search", minute, query["bytes_scanned"])
    byte_totals = processed.totals()
    return {
        "alertsPerRule": rules,
        "alertsPerSeverity": severities.with_breakdown(),
        "bytesIngestedPerSource": _simple(byte_totals),
        "bytesProcessedPerSource": processed.with_breakdown(),
        "bytesQueriedPerSource": queried.with_breakdown(),
        "eventsProcessedPerLogType": events.with_breakdown(),
        "latencyPerLogType": _simple(latency),
        "totalAlerts": sum(severities.totals().values()),
        "totalBytesIngested": sum(byte_totals.values()),
        "totalBytesProcessed": sum(byte_totals.values()),
        "totalBytesQueried": sum(queried.totals().values()),
        "totalEventsProcessed": sum(events.totals().values()),
    }


def _simple(totals: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"label": label, "value": value} for label, value in sorted(totals.items())]


def _minutes_into(span: Span, moment: str) -> float:
    return (parse_time(moment) - span.first).total_seconds() / 60


def _alerts(sandbox: Sandbox, span: Span) -> tuple[Series, list[dict[str, Any]]]:
    severities = Series(span)
    per_rule: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    for alert in sandbox.store.alerts.created_between(api_time(span.first), api_time(span.last)):
        kind = str(alert["subtype"]).replace("_", " ").title()
        severities.add(f"{kind} {alert['severity']}", _minutes_into(span, alert["created_at"]))
        rule: str | None = alert["detection_id"]
        if rule:
            per_rule[rule] += 1
            found = sandbox.store.documents.find_detection(rule) if rule not in names else None
            names.setdefault(rule, (found[1].get("displayName") if found else None) or rule)
    return severities, [
        {"entityId": rule, "label": names[rule], "value": count}
        for rule, count in sorted(per_rule.items(), key=lambda item: (-item[1], item[0]))
    ]


def _events(sandbox: Sandbox, span: Span) -> tuple[Series, dict[str, float]]:
    events = Series(span)
    seconds: dict[str, float] = defaultdict(float)
    for row in _lake_rows(sandbox, span, _EVENTS):
        events.add(str(row["log_type"]), row["minute"], row["events"])
        seconds[str(row["log_type"])] += float(row["latency"] or 0) * row["events"]
    totals = events.totals()
    return events, {label: seconds[label] / count for label, count in totals.items() if count}


def _lake_rows(sandbox: Sandbox, span: Span, sql: str) -> Iterable[dict[str, Any]]:
    text = sql.format(first=lake_time(span.first), last=lake_time(span.last))
    return sandbox.lake.result().query(text, "panther_logs", sandbox.clock.now()).rows

"""Compare several alerts by the events behind them: how many, when, and what they have in common."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from panther_mcp.errors import PantherMcpError
from panther_mcp.runtime import Call, Id, JsonObject, Timestamp
from panther_mcp.sql_guard.quoting import between, quoted_list
from panther_overrides.workflows.common.lake_queries import LakePage, run_query
from panther_overrides.workflows.common.lake_values import aliased, count, texts
from panther_overrides.workflows.common.row_pages import that_fit
from panther_overrides.workflows.common.side_by_side import together

if TYPE_CHECKING:
    from panther_tools.alerts import GetAlertEventStats

_TIMEOUT_SECONDS = 90
_MOST_SHARED = 20
_MOST_BUCKET_BYTES = 20_000
_INDICATORS = {
    "ip": "p_any_ip_addresses",
    "username": "p_any_usernames",
    "email": "p_any_emails",
    "arn": "p_any_aws_arns",
    "trace_id": "p_any_trace_ids",
}
# The identifiers are ours, the values are quoted; it runs in the lake, which only reads.
_TABLE = "panther_views.public.all_rule_matches"
_EVENTS = _TABLE + " WHERE {window} AND p_alert_id IN ({ids})"
_TOTALS = (
    "SELECT p_alert_id AS alert_id, p_rule_id AS rule_id, p_alert_severity AS severity, p_log_type AS log_type, "
    "COUNT(*) AS events, MIN(p_event_time) AS first_event, MAX(p_event_time) AS last_event "
    "FROM {events} GROUP BY 1, 2, 3, 4 ORDER BY first_event, alert_id"
)
_BUCKETS = (
    "SELECT TIME_SLICE(p_event_time, {minutes}, 'MINUTE') AS bucket, p_alert_id AS alert_id, p_log_type AS log_type, "
    "COUNT(*) AS events FROM {events} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_SHARED = (
    "SELECT {kind} AS kind, f.value::string AS value, COUNT(DISTINCT e.p_alert_id) AS alerts, COUNT(*) AS events, "
    "ARRAY_AGG(DISTINCT e.p_alert_id) AS alert_ids FROM e, LATERAL FLATTEN(input => e.{column}) f "
    "GROUP BY 1, 2 HAVING COUNT(DISTINCT e.p_alert_id) > 1"
)


async def get_alert_event_stats(
    call: Call, *, alert_ids: list[Id], time_window: int, start_date: Timestamp, end_date: Timestamp
) -> JsonObject:
    """Return the alerts with their events counted, the events by buckets of `time_window` minutes, and what is shared.

    Raises what `run_query` raises.
    """
    ids = list(dict.fromkeys(alert_ids))
    events = _EVENTS.format(window=between(start_date, end_date), ids=quoted_list(ids))
    statements = [_TOTALS.format(events=events), _BUCKETS.format(events=events, minutes=time_window)]
    if len(ids) > 1:
        statements.append(_shared_sql(events))
    totals, buckets, *shared = await _all(call, statements)
    alerts = _alerts(aliased(totals.rows))
    fitting = that_fit([_to_minute(row) for row in aliased(buckets.rows)], _MOST_BUCKET_BYTES)
    without = [one for one in ids if one not in {alert["alert_id"] for alert in alerts}]
    query_ids = {"alerts": totals.query_id, "buckets": buckets.query_id}
    result: JsonObject = {"alerts": alerts, "buckets": fitting}
    if shared:
        query_ids["shared"] = shared[0].query_id
        result["shared"] = [_shared(row, len(ids)) for row in aliased(shared[0].rows)]
    if without:
        result["without_events"] = without
    notes = _notes(len(fitting), buckets.row_count, without, (start_date, end_date))
    return result | ({"note": notes} if notes else {}) | {"query_ids": query_ids}


def _shared_sql(events: str) -> str:
    columns = ", ".join(_INDICATORS.values())
    each = [_SHARED.format(kind=f"'{kind}'", column=column) for kind, column in _INDICATORS.items()]
    return (
        f"WITH e AS (SELECT p_alert_id, {columns} FROM {events}) "  # noqa: S608 - values are quoted above
        f"{' UNION ALL '.join(each)} ORDER BY alerts DESC, events DESC, value LIMIT {_MOST_SHARED}"
    )


async def _all(call: Call, statements: Sequence[str]) -> list[LakePage]:
    """Run the statements at the same time; raise the first error of theirs."""
    jobs = [lambda sql=sql: run_query(call, sql, (_TABLE,), timeout=_TIMEOUT_SECONDS) for sql in statements]
    pages: list[LakePage] = []
    for found in await together(jobs):
        if isinstance(found, PantherMcpError):
            raise found
        pages.append(found)
    return pages


def _alerts(rows: Sequence[JsonObject]) -> list[JsonObject]:
    """Return one entry an alert, its log types counted: an alert's rule and severity are the same in all events."""
    found: dict[str, JsonObject] = {}
    for row in rows:
        alert = found.setdefault(
            str(row.get("alert_id")),
            {name: row[name] for name in ("alert_id", "rule_id", "severity") if name in row}
            | {"events": 0, "first_event": row["first_event"], "last_event": row["last_event"], "log_types": {}},
        )
        alert["events"] += count(row["events"])
        alert["first_event"] = min(alert["first_event"], row["first_event"])
        alert["last_event"] = max(alert["last_event"], row["last_event"])
        counts = alert["log_types"]
        log_type = str(row.get("log_type"))
        counts[log_type] = counts.get(log_type, 0) + count(row["events"])
    return list(found.values())


def _to_minute(row: JsonObject) -> JsonObject:
    return row | {"bucket": str(row["bucket"])[:16]}


def _shared(row: JsonObject, asked: int) -> JsonObject:
    """Return a shared indicator; where all alerts have it, their ids are not repeated."""
    told = {name: value for name, value in row.items() if name != "alert_ids"}
    return told if count(row["alerts"]) == asked else told | {"alert_ids": sorted(texts(row.get("alert_ids")))}


def _notes(shown: int, buckets: int, without: Sequence[str], window: tuple[str, str]) -> str:
    notes: list[str] = []
    if shown < buckets:
        notes.append(f"{shown} of {buckets} buckets are shown: raise time_window or narrow the dates.")
    if without:
        notes.append(f"without_events have none from {window[0]} to {window[1]}: try an earlier start_date.")
    return " ".join(notes)


if TYPE_CHECKING:
    _: GetAlertEventStats = get_alert_event_stats

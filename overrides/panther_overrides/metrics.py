"""Metrics: what the model reads about the tools that count bytes and alerts."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import one_of, time_order

_TIMES = {
    "start_date": "ISO 8601, or relative such as -7d.",
    "end_date": "The end of the time range.",
    "interval_in_minutes": "Minutes between two values.",
}
# The intervals that Panther knows.
_RULES = (time_order("start_date", "end_date"), one_of("interval_in_minutes", 15, 30, 60, 180, 360, 720, 1440))

TOOLS = {
    "get_bytes_processed_metrics": ToolOverride(
        description=(
            "Tell how many bytes each log type brought in: what costs, what has gone silent. "
            'Example: {"start_date": "-30d"}'
        ),
        params=_TIMES,
        rules=_RULES,
    ),
    "get_rule_alert_metrics": ToolOverride(
        description=('Count the alerts that each rule raised: which rules are noisy. Example: {"start_date": "-7d"}'),
        params={**_TIMES, "rule_ids": "Their ids."},
        rules=_RULES,
    ),
    "get_severity_alert_metrics": ToolOverride(
        description=('Count alerts by kind and severity, in all and over time. Example: {"severities": ["HIGH"]}'),
        params={
            **_TIMES,
            "alert_types": "E.g. Rule, Policy, Scheduled Rule.",
            "severities": "Any of these.",
        },
        rules=_RULES,
    ),
}

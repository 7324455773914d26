"""The SQL of an investigation. Values are quoted by `sql_guard.quoting`, columns and tables come from lists of ours."""
# ruff: noqa: S608 - see above; everything runs in the lake, which only reads

import re
from collections.abc import Mapping
from dataclasses import dataclass

from panther_mcp.sql_guard.quoting import between, lake_time, quoted
from panther_overrides.workflows.common.entity_kinds import Entity
from panther_overrides.workflows.common.event_roles import role_sql

ALL_LOGS = ("panther_views.public", "all_logs")
ALL_RULE_MATCHES = ("panther_views.public", "all_rule_matches")
SIGNALS = ("panther_signals.public", "correlation_signals")
# What is told of the entities that occur in the same events.
RELATED: Mapping[str, str] = {
    "ip": "p_any_ip_addresses",
    "username": "p_any_usernames",
    "email": "p_any_emails",
    "arn": "p_any_aws_arns",
    "domain": "p_any_domain_names",
}
_COUNTS = "COUNT(*) AS events, MIN(p_event_time) AS first_seen, MAX(p_event_time) AS last_seen"
_MOST_VALUES = 40
_MOST_ACTIONS = 150
_MOST_AGENTS = 5
_TABLE = re.compile(r"[a-z0-9_]{1,200}")

Columns = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """The time looked at, and the time before it (from `baseline`) that tells what is new. All in ISO 8601."""

    baseline: str
    start: str
    end: str

    @property
    def begins(self) -> str:
        """The start as a timestamp of SQL."""
        return f"{quoted(lake_time(self.start))}::TIMESTAMP_NTZ"


def activity_sql(entity: Entity, window: Window, columns: Columns) -> str:
    """Return the SQL for how often each log type and each related entity occurs with the entity."""
    related = {kind: name for kind, name in RELATED.items() if name in columns}
    listed = ", ".join(("p_event_time AS t", "p_log_type", *related.values()))
    parts = ["SELECT 'log_type' AS part, p_log_type AS entry, t FROM hits"]
    parts += [
        f"SELECT '{kind}', f.value::string, hits.t FROM hits, LATERAL FLATTEN(input => hits.{name}) f"
        for kind, name in related.items()
    ]
    return (
        f"WITH hits AS (SELECT {listed} FROM {'.'.join(ALL_LOGS)} "
        f"WHERE {between(window.baseline, window.end)} AND ({entity.condition()})), "
        f"entries AS ({' UNION ALL '.join(parts)}), "
        f"counted AS (SELECT part, entry, COUNT_IF(t >= {window.begins}) AS events, "
        f"COUNT_IF(t < {window.begins}) AS seen_before, MIN(IFF(t >= {window.begins}, t, NULL)) AS first_seen, "
        "MAX(t) AS last_seen FROM entries WHERE entry IS NOT NULL GROUP BY 1, 2) "
        "SELECT *, COUNT_IF(events > 0) OVER (PARTITION BY part) AS entries FROM counted QUALIFY ROW_NUMBER() OVER "
        # What is new comes before what is frequent, so that a busy entity's habits do not hide it.
        "(PARTITION BY part ORDER BY IFF(events > 0, 0, 1), IFF(seen_before = 0, 0, 1), events DESC, entry) "
        f"<= {_MOST_VALUES} ORDER BY part, events DESC, entry"
    )


def alerts_sql(entity: Entity, window: Window, columns: Columns) -> str:
    """Return the SQL for the alerts whose events hold the entity."""
    extra = [
        f"MAX({name}) AS {alias}"
        for name, alias in (("p_alert_severity", "severity"), ("p_alert_title", "title"))
        if name in columns
    ]
    counts = ", ".join((*extra, _COUNTS))
    return (
        f"SELECT p_alert_id AS alert_id, p_rule_id AS rule_id, {counts} FROM {'.'.join(ALL_RULE_MATCHES)} "
        f"WHERE {between(window.start, window.end)} AND ({entity.condition()}) AND p_alert_id IS NOT NULL "
        "GROUP BY 1, 2 ORDER BY first_seen, alert_id LIMIT 200"
    )


def signals_sql(entity: Entity, window: Window, columns: Columns) -> str:
    """Return the SQL for the rules that matched events of the entity without raising an alert."""
    severity = ["MAX(p_rule_severity) AS severity"] if "p_rule_severity" in columns else []
    quiet = "AND COALESCE(p_alert_id, '') = '' " if "p_alert_id" in columns else ""
    counts = ", ".join((*severity, _COUNTS))
    return (
        f"SELECT p_rule_id AS rule_id, {counts} FROM {'.'.join(SIGNALS)} "
        f"WHERE {between(window.start, window.end)} AND ({entity.condition()}) {quiet}"
        "GROUP BY 1 ORDER BY events DESC, rule_id LIMIT 50"
    )


def actions_sql(entity: Entity, window: Window, table: str, columns: Columns) -> str | None:
    """Return the SQL for what the entity did in a log table, and how usual that is; None where no column tells it.

    An action counts in four scopes: by the entity now and before, by others now and before.
    """
    roles = role_sql(columns)
    if "action" not in roles:
        return None
    by = roles.get("actor" if entity.kind in ("ip", "domain") else "source", "NULL::string")
    return (
        f"WITH events AS (SELECT p_event_time AS t, COALESCE({roles['action']}, '') AS action, "
        f"{roles.get('outcome', 'NULL::string')} AS outcome, {by} AS by_whom, "
        f"{roles.get('detail', 'NULL::string')} AS detail, {roles.get('agent', 'NULL::string')} AS agent, "
        f"CASE WHEN COALESCE({entity.condition()}, FALSE) THEN IFF(p_event_time >= {window.begins}, 'now', 'before') "
        f"WHEN p_event_time >= {window.begins} THEN 'others' ELSE 'others before' END AS scope "
        f"FROM panther_logs.public.{table} WHERE {between(window.baseline, window.end)}), "
        "counted AS (SELECT action, outcome, IFF(scope = 'now', by_whom, NULL) AS by_whom, scope, COUNT(*) AS events, "
        "MIN(t) AS first_seen, MAX(t) AS last_seen, MIN_BY(detail, t, 3) AS details "
        "FROM events GROUP BY 1, 2, 3, 4), "
        "compared AS (SELECT *, SUM(IFF(scope IN ('now', 'others'), events, 0)) OVER (PARTITION BY action, outcome) "
        "AS everyone, SUM(IFF(scope = 'before', events, 0)) OVER (PARTITION BY action) AS seen_before FROM counted) "
        "SELECT 'action' AS part, action, outcome, by_whom, events, first_seen, last_seen, details, everyone, "
        f"seen_before FROM compared WHERE scope = 'now' QUALIFY ROW_NUMBER() OVER (ORDER BY everyone, first_seen) "
        f"<= {_MOST_ACTIONS} UNION ALL "
        "SELECT 'agent', agent, NULL, NULL, COUNT_IF(scope = 'now'), MIN(IFF(scope = 'now', t, NULL)), MAX(t), NULL, "
        "0, COUNT_IF(scope = 'before') FROM events WHERE scope IN ('now', 'before') AND agent IS NOT NULL GROUP BY 2 "
        f"HAVING COUNT_IF(scope = 'now') > 0 QUALIFY ROW_NUMBER() OVER (ORDER BY COUNT(*) DESC) <= {_MOST_AGENTS}"
    )


def table_of(log_type: str) -> str | None:
    """Return the table that Panther keeps a log type in, or None for a name that is none."""
    name = re.sub(r"[.\- ]", "_", log_type.lower())
    return name if _TABLE.fullmatch(name) else None

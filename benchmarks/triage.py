"""A triage as data: the questions of an analyst, and the calls with which each server's model answers them.

Both sides ask for the same: the same alert, the same events, the same entity and the same time. Where one tool of
ours answers what takes several calls of the incumbent's, these are the calls that its own descriptions ask for, with
answers as short as SQL can make them. `{alert}`, `{rule}` and `{entity}` are filled in from the sandbox's API.
"""

from dataclasses import dataclass
from typing import Any

from benchmarks.contest import Api
from benchmarks.stdio import Call


@dataclass(frozen=True)
class Step:
    """A question, and what answers it on each side."""

    question: str
    ours: tuple[Call, ...]
    theirs: tuple[Call, ...]


@dataclass(frozen=True)
class Facts:
    """What the questions are about."""

    alert: str
    rule: str
    entity: str


_WHERE = "p_occurs_since('7 d') AND ARRAY_CONTAINS('{entity}'::VARIANT, p_any_ip_addresses)"
_SEEN = (
    "SELECT p_log_type, COUNT(*) AS events, MIN(p_event_time) AS first_seen, MAX(p_event_time) AS last_seen "
    f"FROM panther_views.public.all_logs WHERE {_WHERE} GROUP BY p_log_type ORDER BY events DESC"
)
_DONE = (
    "SELECT eventName, COUNT(*) AS events, MIN(p_event_time) AS first_seen, MAX(p_event_time) AS last_seen "
    f"FROM panther_logs.public.aws_cloudtrail WHERE {_WHERE} GROUP BY eventName ORDER BY events DESC LIMIT 25"
)
_MATCHED = (
    "SELECT p_alert_id, p_rule_id, p_alert_severity, COUNT(*) AS events, MIN(p_event_time) AS first_seen, "
    f"MAX(p_event_time) AS last_seen FROM panther_rule_matches.public.aws_cloudtrail WHERE {_WHERE} "
    "GROUP BY p_alert_id, p_rule_id, p_alert_severity"
)
_WITH = (
    "SELECT userIdentity:arn::string AS arn, userAgent, COUNT(*) AS events "
    f"FROM panther_logs.public.aws_cloudtrail WHERE {_WHERE} GROUP BY 1, 2 ORDER BY events DESC LIMIT 25"
)
_FLOWS = (
    "SELECT action, dstAddr, COUNT(*) AS events, MIN(p_event_time) AS first_seen "
    f"FROM panther_logs.public.aws_vpcflow WHERE {_WHERE} GROUP BY 1, 2 ORDER BY events DESC LIMIT 25"
)
_EVENTS = (
    "SELECT p_event_time, eventName, eventSource, sourceIPAddress, userAgent, errorCode, "
    f"userIdentity:arn::string AS arn FROM panther_logs.public.aws_cloudtrail WHERE {_WHERE} "
    "ORDER BY p_event_time LIMIT 25"
)


def _both(question: str, tool: str, **arguments: Any) -> Step:
    call = (Call(tool, arguments),)
    return Step(question, call, call)


def _query(sql: str) -> Call:
    return Call("query_data_lake", {"sql": sql})


TRIAGE = (
    _both("Which serious alerts are there?", "list_alerts", severities=["CRITICAL", "HIGH"], page_size=10),
    _both("What is this one?", "get_alert", alert_id="{alert}"),
    _both("What happened?", "get_alert_events", alert_id="{alert}", limit=10),
    _both("Has somebody looked at it?", "list_alert_comments", alert_id="{alert}"),
    _both("What does its rule look for?", "get_detection", detection_id="{rule}"),
    _both("Which other alerts has the rule raised?", "list_alerts", detection_id="{rule}"),
    _both(
        "What is in the table of its log?",
        "get_table_schema",
        database_name="panther_logs.public",
        table_name="aws_cloudtrail",
    ),
    _both("Its events around the alert?", "query_data_lake", sql=_EVENTS),
    Step(
        "Where else is the same address, in which alerts, with whom, and what did it do?",
        (Call("investigate_entity", {"entity": "{entity}"}),),
        (_query(_SEEN), _query(_MATCHED), _query(_WITH), _query(_DONE), _query(_FLOWS)),
    ),
    Step(
        "Do the logs arrive at all?",
        (Call("list_log_sources", {"is_healthy": True, "limit": 25}),),
        (Call("list_log_sources", {"is_healthy": True}),),
    ),
    _both("Who works here?", "list_users"),
)


def facts(api: Api) -> Facts:
    """Return what to ask about: the gravest alert of the sandbox's story, its rule and the address in its title."""
    alerts = api.send("GET", "/alerts?limit=50")["results"]
    alert = next(one for one in alerts if one["severity"] == "CRITICAL")
    return Facts(alert["id"], alert["detection"]["id"], alert["title"].rpartition(" ")[2])


def filled(call: Call, about: Facts) -> Call:
    """Return `call` with what it is about filled in."""

    def fill(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        for name, known in vars(about).items():
            value = value.replace("{" + name + "}", known)
        return value

    return Call(call.tool, {name: fill(value) for name, value in call.arguments.items()})

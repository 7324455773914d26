"""Alerts: what the model reads about the tools that find, read and triage alerts."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of, default_window, max_items, time_order

_ALERT_ID = "The alert's id, from list_alerts or the alert's URL."
_ALERT_IDS = "The ids of the alerts to change."
_CURSOR = "next_cursor of the page before; leave out for the first page."

TOOLS = {
    "list_alerts": ToolOverride(
        description=(
            "Find alerts by time, severity, status, detection or log type, newest first. Start here to see what "
            "needs attention; use get_alert for one alert's details. "
            'Example: {"severities": ["CRITICAL", "HIGH"], "statuses": ["OPEN"], "start_date": "-7d"}'
        ),
        params={
            "start_date": "Created at or after: ISO 8601, or relative such as -7d, -12h.",
            "end_date": "Created before: ISO 8601 or relative.",
            "severities": "Only these severities.",
            "statuses": "Only these statuses. CLOSED means false positive.",
            "detection_id": "Only alerts of this detection; then no time range is needed.",
            "name_contains": "Only titles that contain this text.",
            "log_types": "Only these log types, e.g. AWS.CloudTrail.",
            "log_sources": "Only these log source ids.",
            "resource_types": "Only these cloud resource types.",
            "alert_type": "ALERT: a detection matched; DETECTION_ERROR: its code failed; SYSTEM_ERROR: ingestion.",
            "subtypes": "Narrower kinds within alert_type.",
            "event_count_min": "At least this many events.",
            "event_count_max": "At most this many events.",
            "page_size": "Alerts a page.",
            "cursor": _CURSOR,
        },
        rules=(
            default_window("start_date", "end_date", days=7, unless="detection_id"),
            time_order("start_date", "end_date"),
        ),
    ),
    "get_alert": ToolOverride(
        description=(
            "Read one alert: its state, origin, runbook and where it was delivered. For the log lines behind it "
            'use get_alert_events. Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566"}'
        ),
        params={"alert_id": _ALERT_ID},
    ),
    "get_alert_events": ToolOverride(
        description=(
            "Read the log events that triggered an alert: who, from where, on what. To look beyond them, use "
            'query_data_lake. Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566", "limit": 5}'
        ),
        params={"alert_id": _ALERT_ID, "limit": "Events a page.", "cursor": _CURSOR},
    ),
    "get_alert_event_stats": ToolOverride(
        description=(
            "Compare alerts by their events in the data lake: how many, by rule and log type, when, and which "
            "addresses and users they share. Use it to see whether alerts are one case. "
            'Example: {"alert_ids": ["6f1c9c2c0a3b4d5e8f70112233445566"], "time_window": 60}'
        ),
        params={
            "alert_ids": "The alerts to compare.",
            "time_window": "Minutes of a time bucket.",
            "start_date": "Events from: ISO 8601, or relative such as -7d.",
            "end_date": "Events until: ISO 8601 or relative.",
        },
        rules=(time_order("start_date", "end_date"),),
    ),
    "list_alert_comments": ToolOverride(
        description=(
            "Read what people and tools have noted on an alert. Read it before triage: someone may be on it. "
            'Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566"}'
        ),
        params={"alert_id": _ALERT_ID, "limit": "Comments a page.", "cursor": _CURSOR},
    ),
    "add_alert_comment": ToolOverride(
        description=(
            "Add a comment to an alert; everyone who works on it sees it. State findings with their evidence. "
            'Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566", "comment": "Same IP as the Okta login."}'
        ),
        params={"alert_id": _ALERT_ID, "comment": "The text, plain, not HTML."},
    ),
    "update_alert_status": ToolOverride(
        description=(
            "Set the status of alerts: OPEN, TRIAGED (being worked on), RESOLVED, or CLOSED (false positive). "
            'Example: {"alert_ids": ["6f1c9c2c0a3b4d5e8f70112233445566"], "status": "TRIAGED"}'
        ),
        params={"alert_ids": _ALERT_IDS, "status": "The new status."},
        rules=(max_items("alert_ids", 100),),
    ),
    "update_alert_assignee": ToolOverride(
        description=(
            "Assign alerts to a person. "
            'Example: {"alert_ids": ["6f1c9c2c0a3b4d5e8f70112233445566"], "assignee_id": "<id from list_users>"}'
        ),
        params={"alert_ids": _ALERT_IDS, "assignee_id": "The person's user id, from list_users."},
        rules=(max_items("alert_ids", 100),),
    ),
    "bulk_update_alerts": ToolOverride(
        description=(
            "Set status and assignee of several alerts and comment on each, in one call. What failed is told alert by "
            "alert; the rest is done. "
            'Example: {"alert_ids": ["6f1c9c2c0a3b4d5e8f70112233445566"], "status": "RESOLVED", "comment": "Benign."}'
        ),
        params={
            "alert_ids": _ALERT_IDS,
            "status": "The new status. CLOSED means false positive.",
            "assignee_id": "The person's user id, from list_users.",
            "comment": "A comment for each of the alerts, plain text.",
        },
        rules=(max_items("alert_ids", 25), at_least_one_of("status", "assignee_id", "comment")),
    ),
}

"""Alerts: what the model reads about the tools that find, read and triage alerts."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of, default_window, max_items, time_order
from panther_overrides.sentences import CURSOR, DETAIL

_ALERT_ID = "Its id or URL."
_ALERT_IDS = "Their ids."
_ASSIGNEE = "A user's id or e-mail address."

TOOLS = {
    "list_alerts": ToolOverride(
        description=(
            "Find alerts, newest first: what needs attention. For one alert's details use get_alert. "
            'Example: {"severities": ["HIGH"], "statuses": ["OPEN"], "start_date": "-7d"}'
        ),
        params={
            "start_date": "Created since: ISO 8601, or such as -7d.",
            "end_date": "Created before.",
            "severities": "Any of these.",
            "statuses": "CLOSED: false positive.",
            "detection_id": "Needs no time range.",
            "name_contains": "Text within the title.",
            "log_types": "E.g. AWS.CloudTrail.",
            "log_sources": "Ids from list_log_sources.",
            "resource_types": "E.g. AWS.S3.Bucket.",
            "alert_type": "DETECTION_ERROR: code failed; SYSTEM_ERROR: ingestion.",
            "subtypes": "Kinds of alert_type.",
            "event_count_min": "Events, at least.",
            "event_count_max": "Events, at most.",
            "page_size": "Alerts a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
        rules=(
            default_window("start_date", "end_date", days=7, unless="detection_id"),
            time_order("start_date", "end_date"),
        ),
        keywords="incidents open triage queue search",
    ),
    "get_alert": ToolOverride(
        description=(
            "Read one alert: state, origin, runbook, deliveries. Its log lines are in "
            'get_alert_events. Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={"alert_id": _ALERT_ID},
    ),
    "get_alert_events": ToolOverride(
        description=(
            "Read the log events behind an alert: rows of `fields`; what all share is in same_in_all, a text for #1 in "
            "repeated. p_any_* values that stand elsewhere in the event are left out: query_data_lake has those, and "
            "other events. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454", "limit": 5}'
        ),
        params={"alert_id": _ALERT_ID, "limit": "Events a page.", "cursor": CURSOR},
        table="events",
        keywords="logs evidence raw",
    ),
    "get_alert_event_stats": ToolOverride(
        description=(
            "Compare alerts by their events: how many, of which rule, when, what they share: are they one case? "
            'Example: {"alert_ids": ["dfdaa8b41a966c9f2c41e2243b1dc454"]}'
        ),
        params={
            "alert_ids": _ALERT_IDS,
            "time_window": "Minutes of a time bucket.",
            "start_date": "Events since.",
            "end_date": "Events until.",
        },
        rules=(time_order("start_date", "end_date"),),
    ),
    "list_alert_comments": ToolOverride(
        description=(
            'Read an alert\'s comments: someone may be on it. Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={"alert_id": _ALERT_ID, "limit": "Comments a page.", "cursor": CURSOR},
    ),
    "add_alert_comment": ToolOverride(
        description=(
            "Add a comment to an alert: findings with their evidence. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454", "comment": "Same IP as the Okta login."}'
        ),
        params={"alert_id": _ALERT_ID, "comment": "Plain text, no HTML."},
    ),
    "update_alert_comment": ToolOverride(
        description=(
            "Replace the text of an alert's comment. To say more, use add_alert_comment. "
            'Example: {"comment_id": "91785da3-e5c0-5da2-ab04-ce25308b093b", "comment": "It was a false trail."}'
        ),
        params={"comment_id": "Its id.", "comment": "The new text, plain."},
    ),
    "update_alert_status": ToolOverride(
        description=(
            "Set the status of alerts. TRIAGED: in work; CLOSED: false positive. "
            'Example: {"alert_ids": ["dfdaa8b41a966c9f2c41e2243b1dc454"], "status": "TRIAGED"}'
        ),
        params={"alert_ids": _ALERT_IDS, "status": "The new status."},
        rules=(max_items("alert_ids", 100),),
        keywords="close resolve reopen mark false positive triage",
    ),
    "update_alert_assignee": ToolOverride(
        description=(
            "Assign alerts to a person. "
            'Example: {"alert_ids": ["dfdaa8b41a966c9f2c41e2243b1dc454"], '
            '"assignee_id": "d2150b81-e185-5959-87a5-12e385e07f68"}'
        ),
        params={"alert_ids": _ALERT_IDS, "assignee_id": _ASSIGNEE},
        rules=(max_items("alert_ids", 100),),
    ),
    "bulk_update_alerts": ToolOverride(
        description=(
            "Set status and assignee of alerts and comment on each; safe to repeat. "
            'Example: {"alert_ids": ["dfdaa8b41a966c9f2c41e2243b1dc454"], "status": "RESOLVED", "comment": "Benign."}'
        ),
        params={
            "alert_ids": _ALERT_IDS,
            "status": "The new status.",
            "assignee_id": _ASSIGNEE,
            "comment": "Added to each, plain.",
        },
        rules=(max_items("alert_ids", 25), at_least_one_of("status", "assignee_id", "comment")),
        keywords="many several at once resolve close",
    ),
}

"""Detections: what the model reads about the tools that list and read them, and that stop one."""

from panther_overrides.model import ToolOverride

_KINDS = "rules, simple_rules, scheduled_rules, policies; one or several."

TOOLS = {
    "list_detections": ToolOverride(
        description=(
            "Find detections by name, state, severity, tag or log type; several kinds at once. Their code is in "
            'get_detection. Example: {"detection_types": ["rules", "scheduled_rules"], "state": "enabled", '
            '"name_contains": "okta"}'
        ),
        params={
            "detection_types": _KINDS,
            "name_contains": "Only those whose id or name contains this text.",
            "state": "Only enabled or only disabled ones; leave out for both.",
            "severity": "Only these severities.",
            "tag": "Only those with one of these tags.",
            "log_type": "Only rules and simple rules over these log types.",
            "resource_type": "Only policies over these resource types.",
            "compliance_status": "Only policies in this state.",
            "created_by": "Only those that this user or token created (id).",
            "last_modified_by": "Only those that this user or token changed last (id).",
            "output_ids": "Only those that alert to one of these destinations.",
            "limit": "Detections a page, over all kinds.",
            "cursor": "next_cursor of the page before, with the same filters.",
        },
    ),
    "get_detection": ToolOverride(
        description=(
            "Read detections by their id: the code, the tests, severity, threshold and deduplication. An id "
            "can exist as several kinds; each that is found is returned. "
            'Example: {"detection_id": "Okta.Login.FailedPassword", "detection_type": ["rules"]}'
        ),
        params={"detection_id": "The exact id.", "detection_type": _KINDS},
    ),
    "disable_detection": ToolOverride(
        description=(
            "Stop a detection from alerting, and change nothing else of it: its code and tests stay, and it can be "
            "enabled again. What it misses meanwhile is not made up for. "
            'Example: {"detection_id": "Okta.Login.FailedPassword"}'
        ),
        params={"detection_id": "The exact id.", "detection_type": "The kind that it is."},
    ),
}

"""Detections: what the model reads about the tools that list and read them, and that stop one."""

from panther_overrides.model import ToolOverride
from panther_overrides.sentences import CURSOR, DETAIL

_KINDS = "Where to look."

TOOLS = {
    "list_detections": ToolOverride(
        description=(
            "Find detections of one or several kinds. Their code is in get_detection. "
            'Example: {"detection_types": ["rules", "policies"], "name_contains": "iam"}'
        ),
        params={
            "detection_types": _KINDS,
            "name_contains": "Text within id or name.",
            "state": "Both if left out.",
            "severity": "Any of these.",
            "tag": "Any of these.",
            "log_type": "For rules and simple rules.",
            "resource_type": "For policies.",
            "compliance_status": "For policies.",
            "created_by": "Id of a user or token.",
            "last_modified_by": "Id of a user or token.",
            "output_ids": "Destinations they alert to.",
            "limit": "Detections a page.",
            "cursor": CURSOR,
            "detail": DETAIL,
        },
        keywords="rules policies find",
    ),
    "get_detection": ToolOverride(
        description=(
            "Read a detection with its code and tests, in each kind that has the id. "
            'Example: {"detection_id": "AWS.CloudTrail.StopLogging"}'
        ),
        params={"detection_id": "The exact id.", "detection_type": _KINDS},
        keywords="read python code rule body source",
    ),
    "disable_detection": ToolOverride(
        description=(
            "Stop a detection from alerting, and change nothing else of it. "
            'Example: {"detection_id": "Okta.Login.FailedPassword"}'
        ),
        params={"detection_id": "The exact id.", "detection_type": "Its kind."},
        keywords="turn off mute stop noisy rule",
    ),
}

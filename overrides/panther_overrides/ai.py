"""Panther AI: what the model reads about the tools that run it."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "start_ai_alert_triage": ToolOverride(
        description=(
            "Let Panther's own AI triage an alert and wait for its text; one to three minutes is usual, and each "
            "run is billed. Treat the text as an opinion to verify. "
            'Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566", "timeout_seconds": 180}'
        ),
        params={
            "alert_id": "The alert's id, from list_alerts.",
            "prompt": "A question to answer instead of the usual triage.",
            "timeout_seconds": "Seconds to wait for the text.",
        },
    ),
    "get_ai_alert_triage_summary": ToolOverride(
        description=(
            "Read the text of the latest AI triage of an alert, if there has been one; it costs nothing. To run a new "
            'one, use start_ai_alert_triage. Example: {"alert_id": "6f1c9c2c0a3b4d5e8f70112233445566"}'
        ),
        params={"alert_id": "The alert's id, from list_alerts."},
    ),
}

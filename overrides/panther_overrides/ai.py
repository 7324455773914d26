"""Panther AI: what the model reads about the tools that run it."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "start_ai_alert_triage": ToolOverride(
        description=(
            "Let Panther's own AI triage an alert: one to three minutes, billed. Its text is an opinion to verify. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={
            "alert_id": "Its id or URL.",
            "prompt": "A question to answer instead of the usual triage.",
            "timeout_seconds": "Seconds to wait for the text.",
        },
    ),
    "get_ai_alert_triage_summary": ToolOverride(
        description=(
            "Read the text of the latest AI triage of an alert, if there has been one; it costs nothing. To run a new "
            'one, use start_ai_alert_triage. Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={"alert_id": "Its id or URL."},
    ),
}

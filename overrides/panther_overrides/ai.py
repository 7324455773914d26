"""Panther AI: what the model reads about the tools that run it."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import max_items

TOOLS = {
    "start_ai_alert_triage": ToolOverride(
        description=(
            "Let Panther's own AI triage an alert: 1 to 3 minutes, billed. Verify what it says. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={
            "alert_id": "Its id or URL.",
            "prompt": "A question to answer instead.",
            "output_length": "Length of the text.",
            "timeout_seconds": "Seconds to wait.",
        },
    ),
    "get_ai_alert_triage_summary": ToolOverride(
        description=(
            "Read the latest AI triage of an alert, if there has been one, at no cost. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={"alert_id": "Its id or URL."},
    ),
    "summarize_log_events": ToolOverride(
        description=(
            "Let Panther's own AI summarise log events, such as rows of query_data_lake; a summary that exists is "
            "read, a new one is billed. For an alert as a whole, use start_ai_alert_triage. "
            'Example: {"events": [{"eventName": "ConsoleLogin", "sourceIPAddress": "192.0.2.1"}]}'
        ),
        params={
            "events": "The events, each an object.",
            "prompt": "A question about them.",
            "output_length": "Length of the text.",
            "timeout_seconds": "Seconds to wait.",
        },
        rules=(max_items("events", 50),),
    ),
}

"""Detections, writing: what the model reads about the tools that try them out and change them."""

from panther_overrides.model import ToolOverride
from panther_overrides.rules import at_least_one_of, time_order

TOOLS = {
    "backtest_detection": ToolOverride(
        description=(
            "Run a rule, stored or as new code, over a sample of past events, in Panther and without storing it: how "
            "often it would have fired, on what, and the alerts to expect. Do so before a rule is created or changed. "
            'Example: {"detection_id": "AWS.S3.BulkObjectRead", "threshold": 20}'
        ),
        params={
            "detection_id": "A stored rule or simple rule.",
            "body": "The code to try, instead of the stored code.",
            "log_types": "Its log types; needed without detection_id.",
            "start_date": "Events from then on: ISO 8601 or relative.",
            "end_date": "Events until then. At most 92 days later.",
            "max_events": "Events to run it over; more is more exact.",
            "threshold": "Matches an alert, to try another number.",
            "dedup_period_minutes": "To try another period.",
            "compare": "Tell what the stored rule does with them too.",
        },
        rules=(at_least_one_of("detection_id", "body"), time_order("start_date", "end_date")),
    ),
}

"""Read the events of an alert, without what repeats their own values."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, page
from panther_overrides.workflows.common.indicator_fields import without_repeats

if TYPE_CHECKING:
    from panther_tools.alerts import GetAlertEvents


async def get_alert_events(call: Call, *, alert_id: str, limit: int, cursor: str | None) -> JsonObject:
    """Return a page of events, and `next_cursor` where there are more; of `p_any_*` what is nowhere else in them."""
    from panther_client.graphql.input_types import AlertEventsInput

    asked = AlertEventsInput(pageSize=limit, cursor=cursor)
    found = page(await call.graphql.get_alert_events(id=alert_id, input=asked), "events", path="events")
    return {**found, "events": [without_repeats(event) for event in found["events"]]}


if TYPE_CHECKING:
    _: GetAlertEvents = get_alert_events

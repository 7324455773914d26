"""Read the events of an alert; what they all share is told once, which halves them."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, page
from panther_overrides.workflows.common.same_in_all import parted

if TYPE_CHECKING:
    from panther_tools.alerts import GetAlertEvents


async def get_alert_events(call: Call, *, alert_id: str, limit: int, cursor: str | None) -> JsonObject:
    """Return a page of events, without what stands in `same_in_all`, and `next_cursor` where there are more."""
    from panther_client.graphql.input_types import AlertEventsInput

    asked = AlertEventsInput(pageSize=limit, cursor=cursor)
    found = page(await call.graphql.get_alert_events(id=alert_id, input=asked), "events", path="events")
    shared, events = parted(found["events"])
    return {"same_in_all": shared, **found, "events": events} if shared else found


if TYPE_CHECKING:
    _: GetAlertEvents = get_alert_events

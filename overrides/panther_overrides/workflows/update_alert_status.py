"""Set the status of alerts."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, listing
from panther_overrides.workflows.common.alert_states import approve_alerts

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.alerts import UpdateAlertStatus


async def update_alert_status(
    call: Call, *, alert_ids: list[str], status: "Literal['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED']"
) -> JsonObject:
    """Return the alerts with their new status. Raises `NotFound` for an unknown alert."""
    from panther_client.graphql.enums import AlertStatus
    from panther_client.graphql.input_types import UpdateAlertStatusByIdInput

    ids = list(dict.fromkeys(alert_ids))
    await approve_alerts(call, ids, ("status",), {"status": status})
    change = UpdateAlertStatusByIdInput(ids=ids, status=AlertStatus(status))
    return listing(await call.graphql.update_alert_status(input=change), "alerts", path="alerts")


if TYPE_CHECKING:
    _: UpdateAlertStatus = update_alert_status

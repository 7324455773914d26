"""Set the status of alerts."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.alert_states import approve_alerts, changed_alerts

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.alerts import UpdateAlertStatus


async def update_alert_status(
    call: Call, *, alert_ids: list[str], status: "Literal['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED']"
) -> JsonObject:
    """Return the alerts with their new status, and those that were not changed. Raises when none was."""
    from panther_client.graphql.enums import AlertStatus
    from panther_client.graphql.input_types import UpdateAlertStatusByIdInput

    approved = await approve_alerts(call, list(dict.fromkeys(alert_ids)), ("status",), {"status": status})
    change = UpdateAlertStatusByIdInput(ids=approved.ids, status=AlertStatus(status))
    return changed_alerts(await call.graphql.update_alert_status(input=change), approved, "status_updated")


if TYPE_CHECKING:
    _: UpdateAlertStatus = update_alert_status

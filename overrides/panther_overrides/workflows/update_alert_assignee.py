"""Assign alerts to a person, named by user id or e-mail address."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, listing
from panther_overrides.workflows.common.alert_states import approve_alerts
from panther_overrides.workflows.common.assigning import assign

if TYPE_CHECKING:
    from panther_tools.alerts import UpdateAlertAssignee


async def update_alert_assignee(call: Call, *, alert_ids: list[str], assignee_id: str) -> JsonObject:
    """Return the alerts with their new assignee. Raises `NotFound` for an unknown alert or person."""
    ids = list(dict.fromkeys(alert_ids))
    await approve_alerts(call, ids, ("assignee",), {"assignee": assignee_id})
    return listing(await assign(call, ids, assignee_id), "alerts", path="alerts")


if TYPE_CHECKING:
    _: UpdateAlertAssignee = update_alert_assignee

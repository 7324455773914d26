"""Assign alerts to a person, named by user id or e-mail address."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.alert_states import approve_alerts, changed_alerts
from panther_overrides.workflows.common.assigning import assign

if TYPE_CHECKING:
    from panther_tools.alerts import UpdateAlertAssignee


async def update_alert_assignee(call: Call, *, alert_ids: list[str], assignee_id: str) -> JsonObject:
    """Return the alerts with their new assignee, and those that were not changed. Raises when none was."""
    approved = await approve_alerts(call, list(dict.fromkeys(alert_ids)), ("assignee",), {"assignee": assignee_id})
    return changed_alerts(await assign(call, approved.ids, assignee_id), approved, "assignee_updated")


if TYPE_CHECKING:
    _: UpdateAlertAssignee = update_alert_assignee

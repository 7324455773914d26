"""Assign alerts to a person who is named by user id or by e-mail address."""

from typing import Any

from panther_mcp.runtime import Call


async def assign(call: Call, alert_ids: list[str], assignee: str) -> Any:
    """Assign the alerts, and return Panther's answer; only an e-mail address holds an @."""
    from panther_client.graphql.input_types import UpdateAlertsAssigneeByEmailInput, UpdateAlertsAssigneeByIdInput

    if "@" in assignee:
        by_email = UpdateAlertsAssigneeByEmailInput(ids=alert_ids, assigneeEmail=assignee)
        return await call.graphql.update_alert_assignee_by_email(input=by_email)
    by_id = UpdateAlertsAssigneeByIdInput(ids=alert_ids, assigneeId=assignee)
    return await call.graphql.update_alert_assignee(input=by_id)

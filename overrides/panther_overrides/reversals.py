"""How the changes of tools are reverted by `panther-mcp audit undo`, and why the others cannot be.

A tool that changes fields of a document gets one line: `document("update_x", id_param="x_id", fields={...}, read=...)`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from panther_mcp.audit.reversal import Reversal, States, Step
from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call, plain

# As many alerts are read at once; more would only queue at Panther.
_CONCURRENT = 5


async def _read_alerts(call: Call, ids: Sequence[str]) -> States:
    slots = asyncio.Semaphore(_CONCURRENT)

    async def read(alert_id: str) -> Mapping[str, Any] | None:
        async with slots:
            try:
                alert = plain(await call.graphql.get_alert(id=alert_id))
            except NotFound:
                return None
        return {"status": alert["status"], "assignee_id": alert.get("assignee", {}).get("id")} if alert else None

    return dict(zip(ids, await asyncio.gather(*(read(alert_id) for alert_id in ids)), strict=True))


def _alert_changes(arguments: Mapping[str, Any]) -> States:
    given = ((name, arguments.get(name)) for name in ("status", "assignee_id"))
    fields = {name: value.value if isinstance(value, Enum) else value for name, value in given if value is not None}
    return dict.fromkeys(arguments["alert_ids"], fields) if fields else {}


def _alert_steps(present: States, wanted: States) -> list[Step]:
    """Return one call for all alerts that had the same status, and one for all that had the same assignee."""
    groups: dict[tuple[str, Any], list[str]] = {}
    for alert_id, state in wanted.items():
        now = present.get(alert_id) or {}
        for field, value in (state or {}).items():
            if now.get(field) != value:
                groups.setdefault((field, value), []).append(alert_id)
    return [_alert_step(field, value, ids) for (field, value), ids in groups.items()]


def _alert_step(field: str, value: Any, ids: list[str]) -> Step:
    if field == "status":
        return Step("update_alert_status", {"alert_ids": ids, "status": value})
    arguments = {"alert_ids": ids, "assignee_id": value}
    if value is not None:
        return Step("update_alert_assignee", arguments)

    async def unassign(call: Call) -> object:
        from panther_client.graphql.input_types import UpdateAlertsAssigneeByIdInput

        return await call.graphql.update_alert_assignee(input=UpdateAlertsAssigneeByIdInput(ids=ids, assigneeId=None))

    nobody = {alert_id: {"assignee_id": None} for alert_id in ids}
    return Step("update_alert_assignee", arguments, send=unassign, leads_to=nobody)


_ALERTS = Reversal(_read_alerts, _alert_changes, _alert_steps)

REVERSALS: Mapping[str, Reversal] = {
    "update_alert_status": _ALERTS,
    "update_alert_assignee": _ALERTS,
    "bulk_update_alerts": Reversal(_read_alerts, _alert_changes, _alert_steps, keeps="Comments that it added stay."),
}

# What can be said beyond "this tool's changes cannot be reverted".
IRREVERSIBLE: Mapping[str, str] = {
    "add_alert_comment": "Panther's API cannot delete a comment.",
}

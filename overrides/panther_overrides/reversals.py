"""How the changes of tools are reverted by `panther-mcp audit undo`, and why the others cannot be.

A tool that changes fields of a document gets one line: `document("update_x", id_param="x_id", fields={...}, read=...)`.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, cast

from panther_mcp.audit.reversal import Reversal, States, Step, document
from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call, plain
from panther_overrides.workflows.common.alert_states import alert_state
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS
from panther_overrides.workflows.common.side_by_side import concurrently

# As many alerts are read at once; more would only queue at Panther.
_CONCURRENT = 5


async def _read_alerts(call: Call, ids: Sequence[str]) -> States:
    async def read(alert_id: str) -> Mapping[str, Any] | None:
        try:
            alert = plain(await call.graphql.get_alert_state(id=alert_id))
        except NotFound:
            return None
        return alert_state(alert) if alert else None

    return dict(zip(ids, await concurrently([read(alert_id) for alert_id in ids], _CONCURRENT), strict=True))


def _alert_changes(arguments: Mapping[str, Any]) -> States:
    status, assignee = arguments.get("status"), arguments.get("assignee_id")
    fields: dict[str, Any] = {}
    if status is not None:
        fields["status"] = status.value if isinstance(status, Enum) else status
    if assignee is not None:
        fields["assignee_email" if "@" in assignee else "assignee_id"] = assignee
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

    nobody = {alert_id: {field: None} for alert_id in ids}
    return Step("update_alert_assignee", arguments, send=unassign, leads_to=nobody)


def _seen_alerts(_arguments: Mapping[str, Any], state: Any) -> States:
    return cast("States", state)


_ALERTS = Reversal(_read_alerts, _alert_changes, _alert_steps, seen=_seen_alerts)


async def _read_enabled(call: Call, names: Sequence[str]) -> States:
    found: dict[str, Mapping[str, Any] | None] = {}
    for name in names:
        kind, _, identifier = name.partition("/")
        try:
            document = await call.documents.read(WRITTEN_KINDS[kind].collection, identifier)
        except NotFound:
            found[name] = None
        else:
            found[name] = {"enabled": bool(document.get("enabled"))}
    return found


def _enabled(value: bool) -> Callable[[Mapping[str, Any]], States]:
    return lambda arguments: {f"{arguments['detection_type']}/{arguments['detection_id']}": {"enabled": value}}


def _seen_enabled(arguments: Mapping[str, Any], state: Any) -> States:
    document: Mapping[str, Any] = state
    return {f"{arguments['detection_type']}/{arguments['detection_id']}": {"enabled": bool(document.get("enabled"))}}


def _enabling_steps(_present: States, wanted: States) -> list[Step]:
    """Return a call for each detection, to be enabled or disabled as it was."""
    steps: list[Step] = []
    for name, state in wanted.items():
        kind, _, identifier = name.partition("/")
        tool = "enable_detection" if (state or {}).get("enabled") else "disable_detection"
        steps.append(Step(tool, {"detection_id": identifier, "detection_type": kind}))
    return steps


REVERSALS: Mapping[str, Reversal] = {
    "update_alert_status": _ALERTS,
    "update_alert_assignee": _ALERTS,
    "enable_detection": Reversal(_read_enabled, _enabled(True), _enabling_steps, seen=_seen_enabled),
    "disable_detection": Reversal(_read_enabled, _enabled(False), _enabling_steps, seen=_seen_enabled),
    "update_global_helper": document(
        "update_global_helper",
        id_param="helper_id",
        fields={"body": "body", "description": "description", "tags": "tags"},
        read=lambda call, identifier: call.documents.read("globals", identifier),
    ),
    "bulk_update_alerts": Reversal(
        _read_alerts, _alert_changes, _alert_steps, keeps="Comments that it added stay.", seen=_seen_alerts
    ),
}

# What can be said beyond "this tool's changes cannot be reverted".
IRREVERSIBLE: Mapping[str, str] = {
    "add_alert_comment": "Panther's API cannot delete a comment.",
}

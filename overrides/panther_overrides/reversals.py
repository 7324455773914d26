"""How the changes of tools are reverted by `panther-mcp audit undo`, and why the others cannot be.

A tool that tells `approve` the documents that it touches is reverted by `DOCUMENTS`; one that changes fields of
something else gets one line: `document("update_x", id_param="x_id", fields={...}, read=...)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, cast

from panther_mcp.audit.reversal import Reversal, States, Step, document
from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call, plain
from panther_overrides.workflows.common.alert_states import alert_state
from panther_overrides.workflows.common.document_reversal import DOCUMENTS
from panther_overrides.workflows.common.schema_documents import find_schema
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


async def _read_comment(call: Call, comment_id: str) -> Mapping[str, Any]:
    return plain(await call.rest.comment_get(id=comment_id))


async def _read_role(call: Call, role_id: str) -> Mapping[str, Any]:
    role: dict[str, Any] = plain(await call.rest.role_get(id=role_id))
    # Their order means nothing.
    return role | {"permissions": sorted(role.get("permissions") or ())}


async def _read_schema(call: Call, name: str) -> Mapping[str, Any]:
    found = await find_schema(call, name)
    if found is None:
        raise NotFound(f"There is no log type schema {name[:200]}.")
    return found


REVERSALS: Mapping[str, Reversal] = {
    "update_alert_status": _ALERTS,
    "update_alert_assignee": _ALERTS,
    **dict.fromkeys(
        (
            *("create_detection", "update_detection", "enable_detection", "disable_detection"),
            *("create_global_helper", "update_global_helper", "delete_global_helper"),
            *("create_data_model", "update_data_model", "delete_data_model", "update_scheduled_query"),
        ),
        DOCUMENTS,
    ),
    "delete_detections": replace(DOCUMENTS, keeps="Saved queries that were deleted with them stay deleted."),
    "update_alert_comment": document(
        "update_alert_comment",
        id_param="comment_id",
        fields={"comment": "body"},
        read=_read_comment,
        keeps="A comment that had a format of its own stays plain text.",
    ),
    "create_or_update_schema": document(
        "create_or_update_schema",
        id_param="name",
        fields={
            "spec": "spec",
            "description": "description",
            "reference_url": "referenceURL",
            "field_discovery": "isFieldDiscoveryEnabled",
        },
        read=_read_schema,
        always=("spec",),
    ),
    "update_schema_status": document(
        "update_schema_status", id_param="schema_name", fields={"is_archived": "isArchived"}, read=_read_schema
    ),
    "update_role": document(
        "update_role",
        id_param="role_id",
        fields={
            "name": "name",
            "permissions": "permissions",
            "log_type_access_kind": "logTypeAccessKind",
            "log_type_access": "logTypeAccess",
        },
        read=_read_role,
    ),
    "bulk_update_alerts": Reversal(
        _read_alerts, _alert_changes, _alert_steps, keeps="Comments that it added stay.", seen=_seen_alerts
    ),
}

_GONE = "Panther keeps nothing of what is deleted; the audit log tells what it was."
_BY_HAND = "it makes something new: its id is in the result of the call, and the tool that deletes it takes that."

# Why the changes of the other tools cannot be reverted.
IRREVERSIBLE: Mapping[str, str] = {
    "add_alert_comment": "Panther's API cannot delete a comment.",
    "cancel_data_lake_query": "a query that was cancelled can only be run again.",
    "create_api_token": _BY_HAND,
    "create_cloud_account": _BY_HAND,
    "create_http_log_source": _BY_HAND,
    "create_role": _BY_HAND,
    "create_s3_log_source": _BY_HAND,
    "create_scheduled_query": _BY_HAND,
    "delete_api_token": _GONE,
    "delete_cloud_account": _GONE,
    "delete_log_source": _GONE,
    "delete_role": _GONE,
    "delete_scheduled_queries": "a query that is made again gets another id; the audit log tells what it was.",
    "delete_user": _GONE,
    "invite_user": "the invitation has been sent; delete_user removes the user.",
    "rotate_api_token": "the old value is gone.",
    "update_api_token": "who may do what with a token is for a person to give back.",
    "update_cloud_account": "Panther does not tell all that it takes to put an account back.",
    "update_http_log_source": "the secret that it had before is not recorded.",
    "update_s3_log_source": "Panther does not tell all that it takes to put a source back.",
    "update_user": "whether the role of a user may be given back is for a person to say.",
    "upload_detections": "Panther does not tell what the files replaced.",
}

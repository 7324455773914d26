"""Replace the text of a comment; REST wants the whole comment back."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch, present

if TYPE_CHECKING:
    from panther_tools.alerts import UpdateAlertComment


async def update_alert_comment(call: Call, *, comment_id: str, comment: str) -> JsonObject:
    """Return the text before and after the change."""
    found = present(call, await call.rest.comment_get(id=comment_id))
    change = _change(found, comment)
    told = {"id": comment_id, "alertId": found.get("alertId", ""), **change.told()}
    if change.fields:
        await approve(call, change, id=comment_id)
        await _apply(call, comment_id, told["alertId"], change)
    return told


def _change(found: JsonObject, comment: str) -> Change:
    """Return the change; the new text is plain, whatever the old one was."""
    return patch({"body": found.get("body"), "format": found.get("format")}, {"body": comment, "format": "PLAIN_TEXT"})


async def _apply(call: Call, comment_id: str, alert_id: str, change: Change) -> None:
    from panther_client.rest_models import ModifyCommentReq

    body = ModifyCommentReq(alertId=alert_id, body=str(change.after["body"]), format=str(change.after["format"]))
    confirmed(await call.rest.comment_update(id=comment_id, body=body))


if TYPE_CHECKING:
    _: UpdateAlertComment = update_alert_comment

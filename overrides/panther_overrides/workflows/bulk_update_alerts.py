"""Update several alerts at once: status and assignee in one request each, the comments side by side."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING, Any

from panther_mcp.errors import PantherMcpError, PermissionDenied
from panther_mcp.runtime import Call, JsonObject, given, listing
from panther_overrides.workflows.common.alert_states import (
    Approved,
    approve_alerts,
    failure,
    nothing_done,
    unconfirmed,
)
from panther_overrides.workflows.common.assigning import assign
from panther_overrides.workflows.common.comments import said_recently
from panther_overrides.workflows.common.side_by_side import together

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.alerts import BulkUpdateAlerts

_ORDER = ("status_updated", "assignee_updated", "commented", "already_commented")


async def bulk_update_alerts(
    call: Call,
    *,
    alert_ids: list[str],
    status: "Literal['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'] | None",
    assignee_id: str | None,
    comment: str | None,
) -> JsonObject:
    """Return which alerts were changed in which way, and what failed for which.

    To repeat it is safe: status and assignee stay what they are, and an alert that has got the same comment within the
    last minutes gets no other. Raises the first error when nothing at all was changed.
    """
    from panther_client.graphql.enums import AlertStatus
    from panther_client.graphql.input_types import UpdateAlertStatusByIdInput

    after = given(status=status, assignee=assignee_id, comment=comment)
    fields = tuple(name for name in ("status", "assignee") if name in after)
    work = _Work(await approve_alerts(call, list(dict.fromkeys(alert_ids)), fields, after))
    changes: list[Awaitable[None]] = []
    if status is not None:
        change = UpdateAlertStatusByIdInput(ids=work.ids, status=AlertStatus(status))
        changes.append(work.together("status_updated", call.graphql.update_alert_status(input=change)))
    if assignee_id is not None:
        changes.append(work.together("assignee_updated", assign(call, work.ids, assignee_id)))
    if comment is not None:
        changes.append(_comment_all(call, work, comment))
    # None depends on another, and each tells its own failures.
    await asyncio.gather(*changes)
    if work.failed and not any(work.done.values()):
        raise nothing_done(work.failed, next(iter(work.errors), None))
    done: JsonObject = {name: work.done[name] for name in _ORDER if name in work.done}
    return {**done, **({"failed": work.failed} if work.failed else {})}


async def _comment_all(call: Call, work: "_Work", comment: str) -> None:
    from panther_client.graphql.enums import CommentFormat
    from panther_client.graphql.input_types import CreateAlertCommentInput

    ended = 0

    async def add(alert_id: str) -> bool:
        """Return whether the comment was added; it was there already otherwise."""
        nonlocal ended
        entry = CreateAlertCommentInput(alertId=alert_id, body=comment, format=CommentFormat.PLAIN_TEXT)
        try:
            if await _has(call, alert_id, comment):
                return False
            await call.graphql.add_alert_comment(input=entry)
            return True
        finally:
            ended += 1
            await call.progress(ended, len(work.ids), "commenting")

    added = await together([partial(add, alert_id) for alert_id in work.ids])
    work.done["commented"] = []
    already: list[str] = []
    for alert_id, outcome in zip(work.ids, added, strict=True):
        if isinstance(outcome, PantherMcpError):
            work.fail("commented", [alert_id], outcome)
        else:
            (work.done["commented"] if outcome else already).append(alert_id)
    if already:
        work.done["already_commented"] = already


async def _has(call: Call, alert_id: str, comment: str) -> bool:
    try:
        return await said_recently(call, alert_id, comment)
    except PermissionDenied:
        return False  # a token that may not read may still write


class _Work:
    """What has been done so far, by kind of change, and what has failed, alert by alert."""

    def __init__(self, approved: Approved) -> None:
        self.ids = approved.ids
        self.done: dict[str, list[str]] = {}
        self.failed = [*approved.failed]
        self.errors: list[PantherMcpError] = []

    async def together(self, what: str, change: Awaitable[Any]) -> None:
        """Do a change that is one request for all alerts; those that the answer leaves out have failed."""
        try:
            changed = listing(await change, "alerts", path="alerts")["alerts"]
        except PantherMcpError as error:
            self.fail(what, self.ids, error)
            return
        told = {alert.get("id") for alert in changed}
        self.done[what] = [alert_id for alert_id in self.ids if alert_id in told]
        self.failed += [unconfirmed(alert_id, what) for alert_id in self.ids if alert_id not in told]

    def fail(self, what: str, ids: list[str], error: PantherMcpError) -> None:
        """Note that a change failed for some alerts."""
        self.errors.append(error)
        self.failed += [failure(alert_id, what, error) for alert_id in ids]


if TYPE_CHECKING:
    _: BulkUpdateAlerts = bulk_update_alerts

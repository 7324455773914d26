"""Update several alerts at once: status and assignee in one request each, the comments side by side."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from panther_mcp.errors import PantherMcpError
from panther_mcp.runtime import Call, JsonObject, given, listing
from panther_overrides.workflows.common.alert_states import approve_alerts
from panther_overrides.workflows.common.assigning import assign

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.alerts import BulkUpdateAlerts

# As many comments are under way at once: a page of alerts. More would queue for a connection.
_CONCURRENT = 25


async def bulk_update_alerts(
    call: Call,
    *,
    alert_ids: list[str],
    status: "Literal['OPEN', 'TRIAGED', 'RESOLVED', 'CLOSED'] | None",
    assignee_id: str | None,
    comment: str | None,
) -> JsonObject:
    """Return which alerts were changed in which way, and what failed for which.

    Raises the first error when nothing at all was changed.
    """
    from panther_client.graphql.enums import AlertStatus
    from panther_client.graphql.input_types import UpdateAlertStatusByIdInput

    work = _Work(list(dict.fromkeys(alert_ids)))
    after = given(status=status, assignee=assignee_id, comment=comment)
    await approve_alerts(call, work.ids, tuple(name for name in ("status", "assignee") if name in after), after)
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
    if work.errors and not any(work.done.values()):
        raise work.errors[0]
    done: JsonObject = {
        name: work.done[name] for name in ("status_updated", "assignee_updated", "commented") if name in work.done
    }
    return {**done, **({"failed": work.failed} if work.failed else {})}


async def _comment_all(call: Call, work: "_Work", comment: str) -> None:
    from panther_client.graphql.enums import CommentFormat
    from panther_client.graphql.input_types import CreateAlertCommentInput

    slots = asyncio.Semaphore(_CONCURRENT)

    async def add(alert_id: str) -> None:
        entry = CreateAlertCommentInput(alertId=alert_id, body=comment, format=CommentFormat.PLAIN_TEXT)
        async with slots:
            await work.one("commented", alert_id, call.graphql.add_alert_comment(input=entry))
            await call.progress(work.commented, len(work.ids), "commenting")

    work.done["commented"] = []
    await asyncio.gather(*(add(alert_id) for alert_id in work.ids))
    order = {alert_id: index for index, alert_id in enumerate(work.ids)}
    work.done["commented"].sort(key=order.__getitem__)


class _Work:
    """What has been done so far, by kind of change, and what has failed, alert by alert."""

    def __init__(self, ids: list[str]) -> None:
        self.ids = ids
        self.done: dict[str, list[str]] = {}
        self.failed: list[JsonObject] = []
        self.errors: list[PantherMcpError] = []

    @property
    def commented(self) -> int:
        return len(self.done["commented"])

    async def together(self, what: str, change: Awaitable[Any]) -> None:
        """Do a change that is one request for all alerts; those that the answer leaves out have failed."""
        try:
            changed = listing(await change, "alerts", path="alerts")["alerts"]
        except PantherMcpError as error:
            self._fail(what, self.ids, error)
            return
        told = {alert.get("id") for alert in changed}
        self.done[what] = [alert_id for alert_id in self.ids if alert_id in told]
        self.failed += [
            {"alert_id": alert_id, "step": what, "message": "Panther did not confirm the change."}
            for alert_id in self.ids
            if alert_id not in told
        ]

    async def one(self, what: str, alert_id: str, change: Awaitable[Any]) -> None:
        """Do a change that is a request of its own for one alert."""
        try:
            await change
        except PantherMcpError as error:
            self._fail(what, [alert_id], error)
        else:
            self.done[what].append(alert_id)

    def _fail(self, what: str, ids: list[str], error: PantherMcpError) -> None:
        self.errors.append(error)
        self.failed += [
            {"alert_id": alert_id, "step": what, "code": error.code, "message": error.message} for alert_id in ids
        ]


if TYPE_CHECKING:
    _: BulkUpdateAlerts = bulk_update_alerts

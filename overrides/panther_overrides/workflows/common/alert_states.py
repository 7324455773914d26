"""What alerts are like before they are changed: read side by side, told alert by alert and counted by severity."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from panther_mcp.errors import NotFound, PantherMcpError, PermissionDenied, UpstreamError
from panther_mcp.runtime import Call, JsonObject, listing, record
from panther_mcp.wire import UNCERTAIN
from panther_overrides.workflows.common.side_by_side import together

# As the step of a failure: nothing was changed, because the alert could not even be read.
_READ = "read"


@dataclass
class Approved:
    """The alerts that may be changed, by id, and those that are left alone, each with what is wrong with it."""

    ids: list[str]
    failed: list[JsonObject] = field(default_factory=list[JsonObject])


async def approve_alerts(call: Call, alert_ids: list[str], fields: tuple[str, ...], after: JsonObject) -> Approved:
    """Return which alerts are to be changed when the change `after` may be made; `fields` of theirs are what changes.

    One that does not exist, or whose state cannot be read, is left out, and told. Raises the error of the first when
    all are. Where the token may not read alerts, the state before is unknown, and that is told.
    """

    async def state(alert_id: str) -> JsonObject:
        return record(await call.graphql.get_alert_state(id=alert_id))

    answers = dict(zip(alert_ids, await together([partial(state, one) for one in alert_ids]), strict=True))
    if any(isinstance(answer, PermissionDenied) for answer in answers.values()):
        call.warnings.append("The state before the change could not be read: the token may not.")
        await call.approve(after={"alert_ids": alert_ids, **after})
        return Approved(alert_ids)
    found = {one: answer for one, answer in answers.items() if not isinstance(answer, PantherMcpError)}
    errors = {one: answer for one, answer in answers.items() if isinstance(answer, PantherMcpError)}
    if not found:
        raise next(iter(errors.values()))
    missing = [one for one, error in errors.items() if isinstance(error, NotFound)]
    unread = [one for one in errors if one not in missing]
    facts: JsonObject = {"not_found": missing} if missing else {}
    facts |= {"could_not_be_read": unread} if unread else {}
    before = {one: {name: _shown(alert.get(name)) for name in fields} for one, alert in found.items()}
    severities = Counter(alert.get("severity", "?") for alert in found.values())
    seen: JsonObject = {one: alert_state(alert) for one, alert in found.items()} | dict.fromkeys(missing)
    await call.approve(before=before, after=after, state=seen, alerts=len(found), by_severity=dict(severities), **facts)
    return Approved([*found], [failure(one, _READ, error) for one, error in errors.items()])


def failure(alert_id: str, step: str, error: PantherMcpError) -> JsonObject:
    """Return what is told of an alert whose change failed at `step`, also that it may have been made all the same."""
    said: JsonObject = {"alert_id": alert_id, "step": step, "code": error.code, "message": error.message}
    return said | {"hint": UNCERTAIN} if UNCERTAIN in error.hint else said


def unconfirmed(alert_id: str, step: str) -> JsonObject:
    """Return what is told of an alert that Panther's answer to a change leaves out."""
    return failure(alert_id, step, UpstreamError("Panther did not confirm the change.", hint=UNCERTAIN))


def nothing_done(failed: Sequence[JsonObject], first: PantherMcpError | None = None) -> PantherMcpError:
    """Return the error of a change that was made of none of the alerts: the `first` one.

    Where they failed in different ways, all of them are in its details.
    """
    if first and len({(one["step"], one["code"], one["message"]) for one in failed}) == 1:
        return first
    error = first or UpstreamError("Panther did not confirm the change of any alert.", hint=UNCERTAIN)
    kind = type(error)
    return kind(
        error.message,
        hint=error.hint,
        retryable=error.retryable,
        details={**error.details, "failed": cast("Any", list(failed))},
    )


def changed_alerts(answer: object, approved: Approved, step: str) -> JsonObject:
    """Return the alerts that Panther's `answer` confirms, and what failed; raises when it confirms none of them."""
    changed = [alert for alert in listing(answer, "alerts", path="alerts")["alerts"] if alert.get("id")]
    told = {alert["id"] for alert in changed}
    failed = approved.failed + [unconfirmed(one, step) for one in approved.ids if one not in told]
    if not told:
        raise nothing_done(failed)
    return {"alerts": changed, **({"failed": failed} if failed else {})}


def alert_state(alert: JsonObject) -> JsonObject:
    """Return what of an alert the tools change, as it is now; nobody has it where it has no assignee.

    Raises `UpstreamError` where Panther has not told its status: what is not known could not be put back.
    """
    if not alert.get("status"):
        raise UpstreamError("Panther's answer lacks the alert's status, so nothing was changed.", retryable=True)
    assignee: JsonObject = alert.get("assignee") or {}
    return {
        "status": alert["status"],
        "assignee_id": assignee.get("id"),
        "assignee_email": assignee.get("email"),
    }


def _shown(value: object) -> object:
    if not isinstance(value, dict):
        return value
    # Of a person, the address says who it is.
    person = cast("JsonObject", value)
    return person.get("email", person.get("id"))

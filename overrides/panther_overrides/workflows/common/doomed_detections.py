"""What a person should know of detections before they are deleted: what they are, and which alerts they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from panther_mcp.errors import NotFound, PantherMcpError, PermissionDenied
from panther_mcp.runtime import Call, JsonObject, page
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS, WrittenKind
from panther_overrides.workflows.common.side_by_side import concurrently

_CONCURRENT = 5
_TOLD = ("displayName", "severity", "enabled", "managed")
# Each takes a request of its own.
_MOST_ASKED_FOR_ALERTS = 10
_MOST_ALERTS = 25


@dataclass(frozen=True)
class Doomed:
    """A detection that is to be deleted; `kind` and `document` are None where it could not be read."""

    identifier: str
    kind: WrittenKind | None = None
    document: JsonObject | None = None

    def told(self) -> JsonObject:
        """Return what a preview shows of it."""
        if self.kind is None or self.document is None:
            return {"id": self.identifier}
        shown = {name: self.document[name] for name in _TOLD if self.document.get(name) not in (None, "")}
        return {"id": self.identifier, "type": self.kind.name, **shown}


async def doomed_detections(call: Call, ids: Sequence[str]) -> list[Doomed]:
    """Return what is known of each; what the token may not read, or REST does not have, is known by its id alone."""
    found = await concurrently([_read(call, one) for one in ids], _CONCURRENT)
    asked = ids[:_MOST_ASKED_FOR_ALERTS]
    counts = await concurrently([_open_alerts(call, one) for one in asked], _CONCURRENT)
    for one, count in zip(asked, counts, strict=True):
        if count:
            many = f"{_MOST_ALERTS} or more" if count >= _MOST_ALERTS else str(count)
            call.warnings.append(f"{one} has {many} open alert{'' if count == 1 else 's'}, which will stay.")
    return found


def documents_of(doomed: Sequence[Doomed]) -> Mapping[str, tuple[JsonObject | None, JsonObject | None]]:
    """Return the documents that are to be deleted, for the audit log."""
    return {one.kind.named(one.identifier): (one.document, None) for one in doomed if one.kind is not None}


async def _read(call: Call, identifier: str) -> Doomed:
    for kind in WRITTEN_KINDS.values():
        try:
            return Doomed(identifier, kind, await call.documents.read(kind.collection, identifier))
        except (NotFound, PermissionDenied):
            # It is of another kind, or nobody here may know of which.
            continue
    return Doomed(identifier)


async def _open_alerts(call: Call, identifier: str) -> int:
    from panther_client.graphql.enums import AlertStatus
    from panther_client.graphql.input_types import AlertsInput

    wanted = AlertsInput(
        detectionId=identifier, statuses=[AlertStatus.OPEN, AlertStatus.TRIAGED], pageSize=_MOST_ALERTS
    )
    try:
        return len(page(await call.graphql.list_alert_ids(input=wanted), "alerts")["alerts"])
    except PantherMcpError:
        # Good to know, but no reason not to delete.
        return 0

"""List detections of several kinds as one list: the kinds one after the other, one cursor over all.

The REST API has a list for each kind, and no filter for destinations. That filter is applied here while
reading on, so that a page is full as long as there is more.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from panther_mcp.errors import InvalidInput, PermissionDenied
from panther_mcp.runtime import Call, Detail, JsonObject, page
from panther_overrides.workflows.common.detection_kinds import DetectionKind, detection_kinds
from panther_overrides.workflows.common.reading import Position, Reading, foreign_cursor, our_page

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections import ListDetections

_FIELDS = ("id", "displayName", "enabled", "severity", "logTypes", "scheduledQueries", "resourceTypes", "tags")


async def list_detections(
    call: Call,
    *,
    detection_types: "list[Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']]",
    name_contains: str | None,
    state: "Literal['enabled', 'disabled'] | None",
    severity: "list[Literal['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']] | None",
    tag: list[str] | None,
    log_type: list[str] | None,
    resource_type: list[str] | None,
    compliance_status: "Literal['PASS', 'FAIL', 'ERROR'] | None",
    created_by: str | None,
    last_modified_by: str | None,
    output_ids: list[str] | None,
    limit: int,
    cursor: str | None,
    detail: Detail,
) -> JsonObject:
    """Return up to `limit` detections, and `next_cursor` where there are more."""
    given = {
        "name_contains": name_contains,
        "state": state,
        "severity": severity,
        "tag": tag,
        "log_type": log_type,
        "resource_type": resource_type,
        "compliance_status": compliance_status,
        "created_by": created_by,
        "last_modified_by": last_modified_by,
    }
    filters = {name: value for name, value in given.items() if value}
    kinds = _asked(call, detection_types, filters)
    names = [kind.name for kind in kinds]
    position = Position.decode(cursor) if cursor else Position(names[0], None, limit)
    if position.source not in names:
        raise foreign_cursor()
    wanted = frozenset(output_ids or ())
    # What is filtered by is shown.
    compact = (*_FIELDS, "outputIDs") if wanted else _FIELDS
    fields = () if detail == "full" else compact
    reading = Reading(limit, lambda item: not wanted or not wanted.isdisjoint(item.get("outputIDs", ())))
    denied: list[PermissionDenied] = []
    for kind in kinds[names.index(position.source) :]:
        if position.source != kind.name:
            position = Position(kind.name, None, limit)
        if reading.full:
            return our_page("detections", reading, position)
        try:
            following = await reading.read(partial(_fetch, kind, filters, fields), position)
        except PermissionDenied as error:
            denied.append(error)
            call.warnings.append(f"{kind.name} could not be read: {error.message}")
            continue
        if following is not None:
            return our_page("detections", reading, following)
    if len(denied) == len(kinds):
        raise denied[0]
    return our_page("detections", reading, None)


async def _fetch(
    kind: DetectionKind, filters: Mapping[str, object], fields: tuple[str, ...], position: Position
) -> tuple[list[JsonObject], str | None]:
    got = page(await kind.fetch_page(**filters, cursor=position.cursor, limit=position.size), "items", fields=fields)
    items = cast("list[JsonObject]", got["items"])
    return [{"type": kind.name, **item} for item in items], got.get("next_cursor")


def _asked(call: Call, names: list[Any], filters: Mapping[str, object]) -> list[DetectionKind]:
    """Return the kinds that can have a match; the others are left out, and that is told."""
    asked = [kind for name, kind in detection_kinds(call).items() if name in names]
    able = [kind for kind in asked if filters.keys() <= kind.filters]
    for kind in asked:
        if kind not in able:
            lacking = ", ".join(sorted(filters.keys() - kind.filters))
            call.warnings.append(f"{kind.name} are left out: they have no {lacking}.")
    if not able:
        raise InvalidInput(
            f"None of {', '.join(kind.name for kind in asked)} can be filtered by {', '.join(filters)} together.",
            hint="log_type is for rules and simple_rules; resource_type and compliance_status are for policies.",
        )
    return able


if TYPE_CHECKING:
    _: ListDetections = list_detections

"""List detections of several kinds as one list: the kinds one after the other, one cursor over all.

The REST API has a list for each kind, and no filter for destinations. That filter is applied here while
reading on, so that a page is full as long as there is more.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from panther_mcp.errors import InvalidInput, PermissionDenied
from panther_mcp.runtime import Call, JsonObject, page
from panther_overrides.workflows.detection_kinds import DetectionKind, detection_kinds

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections import ListDetections

_FIELDS = (
    "id",
    "displayName",
    "enabled",
    "severity",
    "logTypes",
    "scheduledQueries",
    "resourceTypes",
    "tags",
    "outputIDs",
    "lastModified",
)
# More pages than this in one call means that the filter matches next to nothing.
_MOST_PAGES = 20


@dataclass(frozen=True)
class Position:
    """Where a page ended: in which kind, and after which item of which REST page (`cursor`, `size`)."""

    kind: str
    cursor: str | None
    size: int
    skip: int

    def encode(self) -> str:
        """Return the position as the cursor that a client passes back."""
        text = json.dumps([self.kind, self.cursor, self.size, self.skip], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str) -> "Position":
        """Return the position in `text`. Raises `InvalidInput` when it is not one of ours."""
        try:
            # Not the json module: a deeply nested text exhausts its stack.
            kind, cursor, size, skip = from_json(base64.urlsafe_b64decode(text))
        except (binascii.Error, ValueError, TypeError) as error:
            raise _foreign_cursor() from error
        if (
            isinstance(kind, str)
            and isinstance(cursor, str | None)
            and isinstance(size, int)
            and isinstance(skip, int)
            and 1 <= size <= 1000
            and skip >= 0
        ):
            return cls(kind, cursor, size, skip)
        raise _foreign_cursor()


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
    start = Position.decode(cursor) if cursor else Position(kinds[0].name, None, limit, 0)
    names = [kind.name for kind in kinds]
    if start.kind not in names:
        raise _foreign_cursor()
    reading = _Reading(filters, frozenset(output_ids or ()), limit, len(kinds))
    remaining = kinds[names.index(start.kind) :]
    following = await reading.read(call, remaining, start)
    result: JsonObject = {"detections": reading.found}
    if following is not None:
        result["next_cursor"] = following.encode()
    return result


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


class _Reading:
    """Reads REST pages until a page of ours is full; `found` holds what it found.

    `asked` is the number of kinds on all pages: it is an error when none of them may be read.
    """

    def __init__(self, filters: Mapping[str, object], outputs: frozenset[str], limit: int, asked: int) -> None:
        self._filters, self._outputs, self._limit, self._asked = filters, outputs, limit, asked
        self._pages = 0
        self._denied = 0
        self.found: list[JsonObject] = []

    async def read(self, call: Call, kinds: list[DetectionKind], start: Position) -> Position | None:
        """Read `kinds` from `start` on; return where to go on, or None at the end of all."""
        position: Position | None = start
        for index, kind in enumerate(kinds):
            if index:
                position = Position(kind.name, None, self._limit, 0)
            try:
                position = await self._read_kind(kind, cast("Position", position))
            except PermissionDenied as error:
                self._denied += 1
                if self._denied == self._asked:
                    raise
                call.warnings.append(f"{kind.name} could not be read: {error.message}")
                position = None
            if position is not None:
                return position
            if len(self.found) >= self._limit and index + 1 < len(kinds):
                return Position(kinds[index + 1].name, None, self._limit, 0)
        return None

    async def _read_kind(self, kind: DetectionKind, position: Position) -> Position | None:
        while len(self.found) < self._limit:
            if self._pages >= _MOST_PAGES:
                return position
            self._pages += 1
            answer = await kind.fetch_page(**self._filters, cursor=position.cursor, limit=position.size)
            got = page(answer, "items", fields=_FIELDS)
            items = cast("list[JsonObject]", got["items"])
            for index, item in enumerate(items[position.skip :], position.skip):
                if len(self.found) >= self._limit:
                    return Position(kind.name, position.cursor, position.size, index)
                if self._outputs and not self._outputs & set(item.get("outputIDs") or ()):
                    continue
                self.found.append({"type": kind.name, **_compact(item)})
            if "next_cursor" not in got:
                return None
            position = Position(kind.name, got["next_cursor"], position.size, 0)
        return position


def _compact(item: JsonObject) -> JsonObject:
    return {name: value for name, value in item.items() if value not in (None, "", [])}


def _foreign_cursor() -> InvalidInput:
    return InvalidInput(
        "This cursor does not belong to this list.",
        hint="Pass next_cursor as it came, with the same detection_types; or leave it out for the first page.",
    )


if TYPE_CHECKING:
    _: ListDetections = list_detections

"""Read a detection by its id, in each of the kinds that were asked for at once."""

from functools import partial
from typing import TYPE_CHECKING

from panther_mcp.errors import NotFound, PantherMcpError, bounded
from panther_mcp.runtime import Call, JsonObject, record
from panther_overrides.workflows.common.detection_kinds import DetectionKind, detection_kinds
from panther_overrides.workflows.common.side_by_side import together

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections import GetDetection


async def get_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "list[Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']]",
) -> JsonObject:
    """Return the detection in every kind that has it and that can be read; what cannot be read is told.

    Raises `NotFound` when none has it, and the first error when none is found and some cannot be read.
    """
    known = detection_kinds(call)
    asked = [known[name] for name in dict.fromkeys(detection_type)]
    found = await together([partial(_read, kind, detection_id) for kind in asked])
    detections: list[JsonObject] = []
    missing: list[str] = []
    for kind, outcome in zip(asked, found, strict=True):
        if isinstance(outcome, NotFound):
            missing.append(kind.name)
        elif isinstance(outcome, PantherMcpError):
            call.warnings.append(f"{kind.name} could not be read: {outcome.message}")
        else:
            detections.append(outcome)
    if not detections:
        for outcome in found:
            if isinstance(outcome, PantherMcpError) and not isinstance(outcome, NotFound):
                raise outcome
        raise NotFound(
            f"There is no detection {bounded(detection_id, 200)!r} among {', '.join(missing)}.",
            hint="Ids are case-sensitive. list_detections finds them by name; detection_type says where to look.",
        )
    result: JsonObject = {"detections": detections}
    if missing:
        result["not_found_in"] = missing
    return result


async def _read(kind: DetectionKind, detection_id: str) -> JsonObject:
    return {"type": kind.name, **record(await kind.fetch(detection_id))}


if TYPE_CHECKING:
    _: GetDetection = get_detection

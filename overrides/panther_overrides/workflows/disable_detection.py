"""Disable a detection, and change nothing else of it."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS
from panther_overrides.workflows.common.detection_writes import DetectionChange, apply, read_detection

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections import DisableDetection


async def disable_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']",
) -> JsonObject:
    """Return what changed; nothing is written where the detection is disabled already."""
    kind = WRITTEN_KINDS[detection_type]
    before = await read_detection(call, kind, detection_id)
    change = DetectionChange(kind, detection_id, before, before | {"enabled": False})
    if not before.get("enabled"):
        return change.told(note="It is disabled already; nothing was written.") | {"changed": {}}
    # What is broken must be possible to stop: its tests do not matter.
    await apply(call, change, run_tests=False)
    return change.told()


if TYPE_CHECKING:
    _: DisableDetection = disable_detection

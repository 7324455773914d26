"""Enable a detection, and change nothing else of it."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS
from panther_overrides.workflows.common.detection_writes import DetectionChange, apply, read_detection

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections_write import EnableDetection


async def enable_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']",
    run_tests: bool,
) -> JsonObject:
    """Return what changed; nothing is written where the detection is enabled already.

    Raises `FailedTests` when its tests run and fail.
    """
    kind = WRITTEN_KINDS[detection_type]
    before = await read_detection(call, kind, detection_id)
    change = DetectionChange(kind, detection_id, before, before | {"enabled": True})
    if not change.changed:
        return change.told(note="It is enabled already; nothing was written.")
    return change.told(tests_passed=await apply(call, change, run_tests=run_tests))


if TYPE_CHECKING:
    _: EnableDetection = enable_detection

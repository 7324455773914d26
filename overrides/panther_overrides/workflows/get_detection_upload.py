"""Read the state of an upload that was started before."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.upload_status import read_upload

if TYPE_CHECKING:
    from panther_tools.detections_write import GetDetectionUpload


async def get_detection_upload(call: Call, *, receipt_id: str) -> JsonObject:
    """Return the state, of a failed upload too. Raises `NotFound` for a receipt that Panther does not know."""
    return await read_upload(call, receipt_id)


if TYPE_CHECKING:
    _: GetDetectionUpload = get_detection_upload

"""Upload a bundle of detections: start, wait for the outcome, say what changed or what is wrong in which file."""

import asyncio
from typing import TYPE_CHECKING

from anyio import CancelScope

from panther_mcp.errors import Conflict, DeadlineExceeded, InvalidInput, PantherMcpError, UpstreamError
from panther_mcp.resilience.call_scope import beyond_the_call
from panther_mcp.runtime import Call, JsonObject, backoff
from panther_overrides.workflows.common.bundled_sql import bundled_sql, check_bundled
from panther_overrides.workflows.common.bundles import bundle
from panther_overrides.workflows.common.unknown_status import UnknownStatus
from panther_overrides.workflows.common.upload_status import read_upload

if TYPE_CHECKING:
    from panther_tools.detections_write import UploadDetections

# Panther takes one bundle at a time, and says so in these words.
_BUSY = "another upload"
_STATUSES = ("COMPLETED", "FAILED", "NOT_PROCESSED")


async def upload_detections(call: Call, *, files: dict[str, object], timeout: int) -> JsonObject:
    """Return what is new and what is modified, by kind; or only the receipt when `timeout` seconds were not enough.

    Panther tries the bundle first, without storing it. Raises `InvalidInput` with the errors file by file when it
    refuses the bundle, and `BlockedByPolicy` where the SQL guard refuses a query in it; nothing is stored then.
    """
    data = await asyncio.to_thread(bundle, files)
    await check_bundled(call, await asyncio.to_thread(bundled_sql, files))
    with call.trial():
        tried = await _upload(call, data, timeout, dry_run=True)
    if tried["status"] != "COMPLETED":
        raise DeadlineExceeded(
            f"Panther did not check the bundle within {timeout} s. Nothing was stored.",
            hint="Try again with a longer timeout, or a smaller bundle.",
        )
    if not any(one.get("new") or one.get("modified") for one in tried.get("counts", {}).values()):
        return {"status": tried["status"], "note": "Panther has all of it already: nothing was stored."}
    await call.approve(after={"counts": tried["counts"]}, files=sorted(files))
    state = await _upload(call, data, timeout, dry_run=False)
    result: JsonObject = {name: state[name] for name in ("receipt_id", "status", "counts") if name in state}
    if state["status"] != "COMPLETED":
        result["note"] = "Panther is still at it. get_detection_upload tells the outcome; do not upload again."
    return result


async def _upload(call: Call, data: str, timeout: int, *, dry_run: bool) -> JsonObject:
    """Upload `data`; return the state of the upload when it has ended, or after `timeout` seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    receipt_id = await _start(call, data, dry_run)
    sleep = backoff()
    unknown = UnknownStatus()
    while True:
        state = await read_upload(call, receipt_id)
        if state["status"] == "FAILED":
            raise _refused(state)
        left = deadline - loop.time()
        unknown_for_long = unknown.lasts(known=state["status"] in _STATUSES)
        if state["status"] == "COMPLETED" or left <= 0 or (unknown_for_long and not dry_run):
            return state
        if unknown_for_long:
            raise UpstreamError(
                f"Panther gives the check of the bundle a status that this server does not know: {state['status']}. "
                "Nothing was stored.",
                hint="This server may be older than Panther's API; check for an update.",
            )
        # A dry run comes before the upload itself: two times `timeout` is the longest that they take together.
        before, doing = (0, "Panther checks the bundle") if dry_run else (timeout, "Panther stores the bundle")
        await call.progress(before + timeout - left, 2 * timeout, doing)
        await sleep(left)


async def _start(call: Call, data: str, dry_run: bool) -> str:
    from panther_client.graphql.input_types import UploadDetectionEntitiesAsyncInput

    started = None
    try:
        with CancelScope(shield=True), beyond_the_call():
            # Not to be interrupted: without its receipt, nobody could say how the upload went.
            started = await call.graphql.upload_detection_entities(
                input=UploadDetectionEntitiesAsyncInput(data=data, dryRun=dry_run)
            )
    except PantherMcpError as error:
        if _BUSY not in error.message:
            raise
        raise Conflict(error.message, hint="Wait until it has ended, then upload again.", retryable=True) from error
    if started is None or not started.receiptId:
        raise UpstreamError("Panther did not give a receipt for the upload.")
    return started.receiptId


def _refused(state: JsonObject) -> InvalidInput:
    issues = state.get("issues", [])
    return InvalidInput(
        f"Panther refused the bundle, and stored nothing: {state.get('error', 'no reason given')}",
        hint="Mend the files that are named, and upload the whole bundle again.",
        details={"receipt_id": state["receipt_id"], **({"issues": issues} if issues else {})},
    )


if TYPE_CHECKING:
    _: UploadDetections = upload_detections

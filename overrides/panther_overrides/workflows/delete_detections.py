"""Delete detections of any kind: see which of them there are, then delete those."""

from typing import TYPE_CHECKING

from panther_mcp.errors import NotFound, UpstreamError, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_mcp.wire import UNCERTAIN
from panther_overrides.workflows.common.doomed_detections import documents_of, doomed_detections

if TYPE_CHECKING:
    from panther_tools.detections_write import DeleteDetections


async def delete_detections(call: Call, *, detection_ids: list[str], include_saved_queries: bool) -> JsonObject:
    """Return the ids that were deleted, the saved queries with them, and the ids that do not exist.

    Raises `NotFound` when none of them exists, `UpstreamError` when Panther confirms the deletion of none.
    """
    wanted = list(dict.fromkeys(detection_ids))
    # Panther passes over what it does not have; this says which, before anything is gone.
    with call.trial():
        doomed, doomed_queries = await _delete(call, wanted, include_saved_queries, dry_run=True)
    existing = [one for one in wanted if one in doomed]
    missing = [one for one in wanted if one not in doomed]
    if not existing:
        raise NotFound(
            f"There is no detection {', '.join(repr(bounded(one, 100)) for one in missing[:10])}.",
            hint="Ids are case-sensitive. list_detections finds them by name.",
        )
    found = await doomed_detections(call, existing)
    before: JsonObject = {"detections": [one.told() for one in found]}
    if doomed_queries:
        before["saved_queries"] = doomed_queries
    state = [one.document for one in found]
    await call.approve(before=before, after={}, deletes=True, state=state, documents=documents_of(found))
    done, queries = await _delete(call, existing, include_saved_queries, dry_run=False)
    result: JsonObject = {"deleted": [one for one in existing if one in done]}
    if not result["deleted"]:
        raise UpstreamError("Panther did not confirm that it deleted anything.", hint=UNCERTAIN)
    if left := [one for one in existing if one not in done]:
        call.warnings.append(f"Panther did not confirm that it deleted {', '.join(left)}.")
    if queries:
        result["saved_queries_deleted"] = queries
    if missing:
        result["not_found"] = missing
    return result


async def _delete(
    call: Call, ids: list[str], include_saved_queries: bool, *, dry_run: bool
) -> tuple[list[str], list[str]]:
    """Return the ids of the detections and the names of the saved queries that are, or would be, deleted."""
    from panther_client.graphql.input_types import DeleteDetectionsInput

    answer = await call.graphql.delete_detections(
        input=DeleteDetectionsInput(ids=ids, includeSavedQueries=include_saved_queries, dryRun=dry_run)
    )
    if answer is None:
        raise UpstreamError("Panther did not say what it deleted.")
    return [one for one in answer.ids or () if one], [one for one in answer.savedQueryNames or () if one]


if TYPE_CHECKING:
    _: DeleteDetections = delete_detections

"""Delete saved queries; scheduled rules that run over them stop the deletion, or are deleted with them."""

from typing import TYPE_CHECKING

from panther_mcp.errors import Conflict, NotFound, PermissionDenied, UpstreamError
from panther_mcp.runtime import Call, JsonObject, plain
from panther_mcp.wire import UNCERTAIN
from panther_overrides.workflows.common.document_writes import deleted
from panther_overrides.workflows.common.side_by_side import concurrently

if TYPE_CHECKING:
    from panther_tools.queries_write import DeleteScheduledQueries

_CONCURRENT = 5


async def delete_scheduled_queries(call: Call, *, query_ids: list[str], delete_detections: bool) -> JsonObject:
    """Return the queries that were deleted, the detections that were deleted with them, and the ids that are unknown.

    Raises `NotFound` when all of the ids are unknown, and `Conflict` when a detection runs over one of the queries,
    unless `delete_detections`; nothing is deleted then. Raises `UpstreamError` when Panther confirms no deletion.
    """
    ids = list(dict.fromkeys(query_ids))
    read = await concurrently([_read(call, one) for one in ids], _CONCURRENT)
    before = [query for query in read if not isinstance(query, NotFound)]
    missing = [one for one, query in zip(ids, read, strict=True) if isinstance(query, NotFound)]
    if not before:
        raise next(query for query in read if isinstance(query, NotFound))
    names = [str(query["name"]) for query in before]
    with call.trial():
        users = await _users(call, names)
    if users and not delete_detections:
        raise Conflict(
            f"Scheduled rules run over these queries: {', '.join(users)}.",
            hint="Point them at another query first, or pass delete_detections: true to delete them too.",
        )
    await call.approve(before={"queries": before}, deletes=True, detections=users)
    gone = await _delete(call, names, dry_run=False, include_detections=bool(users))
    # Panther deletes by name: what it does not name is still there.
    left = [name for name in names if name not in gone.get("names", ())]
    call.warnings += [f"Panther did not confirm that {name!r} is deleted." for name in left]
    told = [deleted(call, query) for query, name in zip(before, names, strict=True) if name not in left]
    if not told:
        raise UpstreamError("Panther did not confirm that it deleted anything.", hint=UNCERTAIN)
    detections = gone.get("detectionIDs", [])
    extra = {"deleted_detections": detections, "not_found": missing}
    return {"deleted": told} | {name: values for name, values in extra.items() if values}


async def _read(call: Call, query_id: str) -> JsonObject | NotFound:
    try:
        return await call.documents.read("queries", query_id)
    except NotFound as error:
        return error


async def _users(call: Call, names: list[str]) -> list[str]:
    """Return the ids of the detections that run over the queries."""
    try:
        found = await _delete(call, names, dry_run=True, include_detections=True)
    except PermissionDenied:
        # The token may delete queries but no detections. Panther refuses where there are any.
        await _delete(call, names, dry_run=True, include_detections=False)
        return []
    return [str(one) for one in found.get("detectionIDs", ())]


async def _delete(call: Call, names: list[str], *, dry_run: bool, include_detections: bool) -> JsonObject:
    from panther_client.graphql.input_types import DeleteSavedQueriesByNameInput

    asked = DeleteSavedQueriesByNameInput(names=names, dryRun=dry_run, includeDetections=include_detections)
    return plain(await call.graphql.delete_saved_queries(input=asked))


if TYPE_CHECKING:
    _: DeleteScheduledQueries = delete_scheduled_queries

"""Searches over many tables: queries whose rows stand in parts, one for each table."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio

from panther_mcp.errors import InvalidInput, NotFound, PantherMcpError, bounded
from panther_mcp.resilience.call_scope import beyond_the_call
from panther_mcp.runtime import Call, JsonObject, plain
from panther_overrides.workflows.common.lake_queries import (
    cancel,
    ended,
    failure,
    read_page,
    row_of,
    started,
    stopped_if_given_up,
)
from panther_overrides.workflows.common.lake_values import log_type_of
from panther_overrides.workflows.common.row_pages import in_turn

if TYPE_CHECKING:
    from panther_client.graphql.get_data_lake_query_parts import GetDataLakeQueryPartsDataLakeQuery

RUNNING = "running"
# Whatever else Panther says, it may still run.
ENDED = ("succeeded", "failed", "cancelled")
_CANCEL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table within a search: a query of its own, with its first row to tell the table by."""

    query_id: str
    status: str
    message: str
    row_count: int
    bytes_scanned: int
    first_row: JsonObject | None

    def told(self) -> JsonObject:
        """Return what a result says of the part."""
        found: JsonObject = {"query_id": self.query_id, "status": self.status, "row_count": self.row_count}
        log_type = log_type_of(self.first_row or {})
        if log_type is not None:
            found = {"log_type": log_type} | found
        if self.message:
            found["message"] = bounded(self.message, 300)
        return found


@dataclass(frozen=True, slots=True)
class LakeQuery:
    """A query as the history has it; `parts` are those of a search, or the query itself where it has rows."""

    query_id: str
    status: str
    message: str
    name: str
    sql: str
    started_at: str | None
    completed_at: str | None
    parts: tuple[Part, ...]
    is_search: bool
    row_count: int
    bytes_scanned: int
    actors: list[JsonObject]


async def look_up(call: Call, query_id: str) -> LakeQuery:
    """Return a query with its parts. Raises `NotFound`."""
    found = await call.graphql.get_data_lake_query_parts(id=query_id)
    if found is None:
        raise NotFound(f"Panther has no query {query_id}.", hint="list_data_lake_queries has the ids.")
    return _query(found, query_id)


async def run_search(call: Call, start: Callable[[], Awaitable[str | None]], timeout: float, what: str) -> LakeQuery:
    """Run the search that `start` starts and return it with its parts; `what` names its kind.

    A part that failed is told in the call's warnings, unless all did. Raises what `run_query` raises, and
    leaves neither the search nor a part of it running.
    """
    # Which tables a search reads is not known: one is expected to cost what others of its kind have.
    with call.scanning((f"searches.{what}",)) as scanned:
        search = await _searched(call, start, timeout)
        scanned(search.bytes_scanned)
    failed = [part for part in search.parts if part.status in ("failed", "cancelled")]
    if failed and len(failed) == len(search.parts):
        raise failure(failed[0].status, failed[0].message, search.query_id)
    call.warnings += [f"The part {part.query_id} {part.status}: {bounded(part.message, 300)}" for part in failed]
    return search


async def _searched(call: Call, start: Callable[[], Awaitable[str | None]], timeout: float) -> LakeQuery:
    search_id = await started(start)

    async def ask() -> "GetDataLakeQueryPartsDataLakeQuery | None":
        return await call.graphql.get_data_lake_query_parts(id=search_id)

    try:
        async with stopped_if_given_up(call, search_id):
            answer = await ended(call, search_id, ask, _has_parts, timeout=timeout, ours=True)
    except BaseException:
        await cancel_running_parts(call, search_id)
        raise
    return _query(answer, search_id)


async def cancel_running_parts(call: Call, search_id: str) -> list[str]:
    """Cancel what of a search still runs, which its own cancellation may leave; return the ids."""
    with anyio.move_on_after(_CANCEL_SECONDS, shield=True), beyond_the_call():
        try:
            search = await look_up(call, search_id)
        except PantherMcpError:
            # What cannot be read has been cancelled as a whole before; that is logged where it fails.
            return []
        left = [part.query_id for part in search.parts if part.status not in ENDED and part.query_id != search_id]
        for part_id in left:
            await cancel(call, part_id)
        return left
    return []


async def tables_of(call: Call, search: LakeQuery, rows_per_table: int) -> JsonObject:
    """Return the parts with rows, each with its first ones, within the ceiling for rows of one result."""
    found = [part for part in search.parts if part.row_count]
    groups: list[list[JsonObject]] = [[] for _ in found]

    async def read(index: int, part: Part) -> None:
        try:
            groups[index] = (await read_page(call, part.query_id, size=rows_per_table)).rows
        except PantherMcpError as error:
            call.warnings.append(f"The rows of {part.query_id} could not be read: {error.message}")

    async with anyio.create_task_group() as tasks:
        for index, part in enumerate(found):
            if rows_per_table > 1:
                tasks.start_soon(read, index, part)
            elif rows_per_table and part.first_row is not None:
                groups[index] = [part.first_row]
    tables = [
        _without_status(part.told()) | ({"rows": rows} if rows else {})
        for part, rows in zip(found, in_turn(groups), strict=True)
    ]
    shown_rows = sum(len(table.get("rows", ())) for table in tables)
    result: JsonObject = {"tables": tables, "row_count": search.row_count}
    if search.is_search and len(found) < len(search.parts):
        result["tables_without_matches"] = len(search.parts) - len(found)
    if shown_rows < search.row_count:
        result["note"] = (
            f"{shown_rows} of {search.row_count} rows are shown. get_data_lake_query reads on in a table's query_id."
        )
    return result | {"bytes_scanned": search.bytes_scanned, "query_id": search.query_id}


def part_with_rows(query: LakeQuery, query_id: str | None) -> Part | None:
    """Return the part `query_id`, or the first one that has rows. Raises `InvalidInput` for a part of another query."""
    if query_id is None:
        return next((part for part in query.parts if part.row_count), None)
    for part in query.parts:
        if part.query_id == query_id:
            return part
    raise InvalidInput("This cursor is of another query.", hint="Pass next_cursor with the query_id that it came with.")


def following_part(query: LakeQuery, query_id: str) -> Part | None:
    """Return the next part with rows after the part `query_id`, or None."""
    ids = [part.query_id for part in query.parts]
    later = query.parts[ids.index(query_id) + 1 :]
    return next((part for part in later if part.row_count), None)


def _has_parts(query: "GetDataLakeQueryPartsDataLakeQuery") -> bool:
    if query.results is not None and query.results.tryAgain:
        return False
    statuses = {_text(child.status) for child in query.children or () if child is not None}
    # One table that could not be read does not take the others' rows away.
    return _text(query.status) == "succeeded" or ("succeeded" in statuses and RUNNING not in statuses)


def _query(query: "GetDataLakeQueryPartsDataLakeQuery", query_id: str) -> LakeQuery:
    children = [child for child in query.children or () if child is not None]
    parts: list[Part] = [_part(child, child.id or "") for child in children]
    own = _part(query, query_id)
    if own.first_row is not None or not children:
        # Rows that stand at the query itself, as those of SQL do.
        parts.insert(0, own)
    results = query.results
    profiles = (results.actorProfiles or []) if results is not None else []
    return LakeQuery(
        query_id=query_id,
        status=own.status,
        message=own.message,
        name=query.name or "",
        sql=query.sql or "",
        started_at=query.startedAt,
        completed_at=query.completedAt,
        parts=tuple(parts),
        is_search=bool(children),
        row_count=sum(part.row_count for part in parts),
        bytes_scanned=max(own.bytes_scanned, sum(part.bytes_scanned for part in parts if part is not own)),
        actors=[plain(profile) for profile in profiles if profile is not None],
    )


def _part(query: Any, query_id: str) -> Part:
    results = query.results
    edges: Sequence[Any] = (results.edges or ()) if results is not None else ()
    stats = results.stats if results is not None else None
    return Part(
        query_id=query_id,
        status=_text(query.status),
        message=query.message or "",
        row_count=int(stats.rowCount or 0) if stats is not None else 0,
        bytes_scanned=int(stats.bytesScanned or 0) if stats is not None else 0,
        first_row=row_of(edges[0].node) if edges and edges[0] is not None else None,
    )


def _text(status: Any) -> str:
    """Return a status as text; one that this client does not know comes as text already."""
    return str(getattr(status, "value", status) or "")


def _without_status(told: JsonObject) -> JsonObject:
    return {name: value for name, value in told.items() if name != "status"}

"""Read a query that was run before: its state, and its rows page by page, without running it again."""

from typing import TYPE_CHECKING

from panther_mcp.errors import bounded
from panther_mcp.runtime import Call, Id, JsonObject
from panther_overrides.workflows.common.lake_queries import MOST_ROWS_A_PAGE, read_page
from panther_overrides.workflows.common.lake_searches import LakeQuery, Part, following_part, look_up, part_with_rows
from panther_overrides.workflows.common.row_pages import RowPosition, foreign_cursor, read_on, shown

if TYPE_CHECKING:
    from panther_tools.data_lake import GetDataLakeQuery

_LONGEST_SQL = 4_000
_READ_SECONDS = 30


async def get_data_lake_query(call: Call, *, query_id: Id, max_rows: int, cursor: str | None) -> JsonObject:
    """Return the query's state, and where it has rows a page of them; a search's parts follow one another.

    Raises `NotFound` for an unknown query and `InvalidInput` for a cursor of another one.
    """
    position = None if cursor is None else RowPosition.decode(cursor)
    query = await look_up(call, query_id)
    result = _state(query) if position is None else {"query_id": query_id, "status": query.status}
    part = part_with_rows(query, None if position is None else position.query_id)
    if part is None or part.status != "succeeded":
        if position is not None:
            raise foreign_cursor()
        return result if query.status != "succeeded" else result | {"rows": [], "row_count": 0}
    return result | await _rows(call, query, part, position, max_rows)


async def _rows(call: Call, query: LakeQuery, part: Part, position: RowPosition | None, max_rows: int) -> JsonObject:
    if position is None:
        result = shown(await read_page(call, part.query_id), max_rows=max_rows)
    else:
        result = await read_on(call, position, max_rows=max_rows, timeout=_READ_SECONDS)
    following = following_part(query, part.query_id)
    if "next_cursor" not in result and following is not None:
        result["next_cursor"] = RowPosition(following.query_id, MOST_ROWS_A_PAGE, 0, None).encode()
    return result | {"row_count": query.row_count, "query_id": query.query_id, "bytes_scanned": query.bytes_scanned}


def _state(query: LakeQuery) -> JsonObject:
    told: JsonObject = {
        "query_id": query.query_id,
        "status": query.status,
        "message": bounded(query.message) if query.status != "succeeded" else "",
        "name": query.name,
        "sql": query.sql if len(query.sql) <= _LONGEST_SQL else f"{query.sql[:_LONGEST_SQL]}…",
        "started_at": query.started_at,
        "completed_at": query.completed_at,
    }
    if query.is_search:
        told["parts"] = [part.told() for part in query.parts]
    return {name: value for name, value in told.items() if value}


if TYPE_CHECKING:
    _: GetDataLakeQuery = get_data_lake_query

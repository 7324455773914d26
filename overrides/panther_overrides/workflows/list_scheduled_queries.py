"""List saved and scheduled queries; the REST API has no filter by name, so it is applied while reading on."""

from typing import TYPE_CHECKING, cast

from panther_mcp.runtime import Call, Detail, JsonObject, page
from panther_overrides.workflows.common.reading import Position, Reading, our_page, start

if TYPE_CHECKING:
    from panther_tools.queries import ListScheduledQueries

_FIELDS = ("id", "name", "description", "schedule")


async def list_scheduled_queries(
    call: Call, *, name_contains: str | None, limit: int, cursor: str | None, detail: Detail
) -> JsonObject:
    """Return up to `limit` queries, and `next_cursor` where there are more."""

    async def fetch(position: Position) -> tuple[list[JsonObject], str | None]:
        answer = await call.rest.query_list(cursor=position.cursor, limit=position.size)
        got = page(answer, "queries", fields=() if detail == "full" else _FIELDS)
        return cast("list[JsonObject]", got["queries"]), got.get("next_cursor")

    def keep(query: JsonObject) -> bool:
        return name_contains is None or name_contains.lower() in str(query.get("name", "")).lower()

    reading = Reading(limit, keep)
    following = await reading.read(fetch, start(cursor, "queries", limit))
    return our_page("queries", reading, following)


if TYPE_CHECKING:
    _: ListScheduledQueries = list_scheduled_queries

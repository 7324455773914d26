"""List log sources of every kind and health; GraphQL has no filter for them, so it is applied while reading on."""

from typing import TYPE_CHECKING, cast

from panther_mcp.runtime import Call, Detail, JsonObject, page
from panther_overrides.workflows.common.reading import Position, Reading, our_page, start

if TYPE_CHECKING:
    from panther_tools.sources import ListLogSources


async def list_log_sources(
    call: Call,
    *,
    log_types: list[str] | None,
    is_healthy: bool | None,
    integration_type: str | None,
    limit: int,
    cursor: str | None,
    detail: Detail,
) -> JsonObject:
    """Return up to `limit` sources, and `next_cursor` where there are more."""
    from panther_client.graphql.input_types import SourcesInput

    async def fetch(position: Position) -> tuple[list[JsonObject], str | None]:
        # Panther decides how large its pages are.
        asked = SourcesInput(cursor=position.cursor)
        got = page(await call.graphql.list_log_sources(input=asked, full=detail == "full"), "sources")
        return cast("list[JsonObject]", got["sources"]), got.get("next_cursor")

    wanted = frozenset(log_types or ())

    def keep(source: JsonObject) -> bool:
        return (
            (not wanted or not wanted.isdisjoint(source.get("logTypes", ())))
            and (is_healthy is None or source.get("isHealthy") == is_healthy)
            and (integration_type is None or source.get("integrationType") == integration_type)
        )

    reading = Reading(limit, keep)
    following = await reading.read(fetch, start(cursor, "sources", limit))
    return our_page("log_sources", reading, following)


if TYPE_CHECKING:
    _: ListLogSources = list_log_sources

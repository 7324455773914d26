"""List the queries that were run, with their SQL shortened unless all of it is asked for."""

from typing import TYPE_CHECKING, Literal, cast

from panther_mcp.runtime import Call, Detail, Id, JsonObject, Timestamp, page

if TYPE_CHECKING:
    from panther_tools.data_lake import ListDataLakeQueries

_LONGEST_SQL = 200


async def list_data_lake_queries(
    call: Call,
    *,
    contains: str | None,
    statuses: list[Literal["running", "succeeded", "failed", "cancelled"]] | None,
    is_scheduled: bool | None,
    issued_by: list[Id] | None,
    start_date: Timestamp | None,
    end_date: Timestamp | None,
    limit: int,
    cursor: str | None,
    detail: Detail,
) -> JsonObject:
    """Return up to `limit` queries, newest first, and `next_cursor` where there are more."""
    from panther_client.graphql.enums import DataLakeQueryStatus
    from panther_client.graphql.input_types import DataLakeQueriesInput

    asked = DataLakeQueriesInput(
        contains=contains,
        status=[DataLakeQueryStatus(status) for status in statuses] if statuses else None,
        isScheduled=is_scheduled,
        issuedBy=list(issued_by) if issued_by else None,
        startedAtAfter=start_date,
        startedAtBefore=end_date,
        pageSize=limit,
        cursor=cursor,
    )
    found = page(await call.graphql.list_data_lake_queries(input=asked), "queries")
    if detail != "full":
        for query in cast("list[JsonObject]", found["queries"]):
            query["sql"] = _shortened(str(query.get("sql", "")))
    return found


def _shortened(sql: str) -> str:
    text = " ".join(sql[: _LONGEST_SQL * 10].split())
    return text if len(text) <= _LONGEST_SQL else f"{text[: _LONGEST_SQL - 1]}…"


if TYPE_CHECKING:
    _: ListDataLakeQueries = list_data_lake_queries

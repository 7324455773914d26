"""Look indicators up in all log tables at once."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import Call, JsonObject, Timestamp
from panther_overrides.workflows.common.lake_searches import run_search, tables_of

if TYPE_CHECKING:
    from panther_client.graphql.enums import IndicatorType
    from panther_tools.data_lake import SearchIndicators


async def search_indicators(
    call: Call,
    *,
    indicators: list[str],
    indicator_type: str,
    start_date: Timestamp,
    end_date: Timestamp,
    databases: list[str] | None,
    tables: list[str] | None,
    rows_per_table: int,
    timeout: int,
) -> JsonObject:
    """Return the tables in which one of `indicators` occurs, with how many rows and the first of them.

    Raises `InvalidInput` for an unknown `indicator_type`, and what `run_search` raises.
    """
    from panther_client.graphql.input_types import ExecuteIndicatorSearchQueryInput

    asked = ExecuteIndicatorSearchQueryInput(
        indicators=indicators,
        indicatorName=_indicator_type(indicator_type),
        startTime=start_date,
        endTime=end_date,
        databases=databases or None,
        tables=tables or None,
    )

    async def start() -> str | None:
        answer = await call.graphql.start_indicator_search(input=asked)
        return None if answer is None else answer.id

    search = await run_search(call, start, timeout, "indicators")
    found = await tables_of(call, search, rows_per_table)
    if not search.row_count:
        found["note"] = f"No matches from {start_date} to {end_date}; values are compared exactly."
    return found


def _indicator_type(name: str) -> "IndicatorType":
    from panther_client.graphql.enums import IndicatorType

    known = {kind.value.lower(): kind for kind in IndicatorType}
    found = known.get(name.lower())
    if found is None:
        close = get_close_matches(name[:60].lower(), known, n=2, cutoff=0.4) or ["autodetecttype", "p_any_ip_addresses"]
        names = " or ".join(known[one].value for one in close)
        raise InvalidInput("indicator_type: there is no such type of indicators.", hint=f"Did you mean {names}?")
    return found


if TYPE_CHECKING:
    _: SearchIndicators = search_indicators

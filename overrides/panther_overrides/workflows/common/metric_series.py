"""Series of metrics: chosen, counted, and given as they came."""

from collections.abc import Callable, Iterable
from typing import Any

from panther_mcp.runtime import JsonObject, plain


def chosen(series: Iterable[Any] | None, name: str, keep: Callable[[JsonObject], bool]) -> JsonObject:
    """Return the series that `keep` lets through, as the field `name`, and the sum of their alerts."""
    found = [item for one in series or () if one is not None and keep(item := plain(one))]
    return {name: found, "totalAlerts": int(sum(item.get("value", 0) for item in found))}

"""Keep a result below its ceiling: fewer items of its list, or shorter texts; both are told, and nothing is lost."""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from pydantic_core import to_json

from panther_mcp.results import JsonObject

# Room for what is said about the cut.
_RESERVED = 400
_SIZE_PARAMETERS = ("limit", "page_size", "max_rows")
_SHORTENED = (10_000, 3_000, 1_000, 300, 100, 30, 10)
_SHORTEST = 3


@dataclass(frozen=True)
class Surplus:
    """The list of a result that is above its ceiling: its name, how many items it has, and how many would fit."""

    name: str
    items: int
    fitting: int


def surplus(result: JsonObject, ceiling: int) -> Surplus | None:
    """Return which list of `result` has to lose items to come below `ceiling` bytes.

    None when the result has no list of several items, or not even one of them fits.
    """
    sizes = {name: len(to_json(value)) for name, value in result.items() if isinstance(value, list)}
    name = max(sizes, key=lambda name: sizes[name], default=None)
    if name is None:
        return None
    items = cast("list[object]", result[name])
    left = ceiling - _RESERVED - len(to_json({**result, name: []}))
    fitting = 0
    for item in items:
        left -= len(to_json(item)) + 1
        if left < 0:
            break
        fitting += 1
    return Surplus(name, len(items), fitting) if 0 < fitting < len(items) else None


def size_parameter(parameters: Mapping[str, Any]) -> str | None:
    """Return which argument says how many items a page has, if the tool of this input schema has pages."""
    properties = cast("Mapping[str, Any]", parameters.get("properties", {}))
    return next((name for name in _SIZE_PARAMETERS if name in properties), None) if "cursor" in properties else None


def told(result: JsonObject, warning: str) -> JsonObject:
    """Return `result` with `warning` beside it."""
    return {**result, "warnings": [*result.get("warnings", ()), warning]}


def cut(result: JsonObject, ceiling: int) -> JsonObject:
    """Return `result` with at most `ceiling` bytes of JSON.

    A list loses its last items only where no cursor follows them: the next page would not have them.
    """
    found = surplus(result, ceiling) if "next_cursor" not in result else None
    if found is not None:
        shorter = {**result, found.name: result[found.name][: found.fitting]}
        said = f"Cut to stay small: {found.fitting} of {found.items} {found.name}. Narrow the call to get the others."
        return told(shorter, said)
    room = ceiling - _RESERVED
    limit = next((limit for limit in _SHORTENED if len(to_json(_shortened(result, limit))) <= room), _SHORTEST)
    said = f"Cut to stay small: texts and lists longer than {limit} end with … and how much is left out."
    return told(cast("JsonObject", _shortened(result, limit)), said)


def _shortened(value: object, limit: int) -> object:
    if isinstance(value, str):
        return value if len(value) <= limit else f"{value[:limit]}{_more(value, limit)}"
    if isinstance(value, dict):
        fields = cast("JsonObject", value)
        kept = {name: _shortened(fields[name], limit) for name in islice(fields, limit)}
        return kept if len(fields) <= limit else {**kept, "…": _more(fields, limit)}
    if isinstance(value, list):
        items = cast("list[object]", value)
        shorter = [_shortened(item, limit) for item in items[:limit]]
        return shorter if len(items) <= limit else [*shorter, _more(items, limit)]
    return value


def _more(value: Sized, limit: int) -> str:
    return f"…[{len(value) - limit} more]"

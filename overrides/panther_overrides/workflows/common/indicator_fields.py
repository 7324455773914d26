"""The fields p_any_*, in which Panther gathers the addresses, names and the like that an event holds anyway."""

from collections.abc import Iterator
from typing import Final, cast

from panther_mcp.runtime import JsonObject

_PREFIX: Final = "p_any_"


def without_repeats(event: JsonObject) -> JsonObject:
    """Return `event`, with of its `p_any_*` arrays only the values that no other field of it has as they are."""
    gathered = {name for name, values in event.items() if name.startswith(_PREFIX) and isinstance(values, list)}
    if not gathered:
        return event
    known = set(_texts([value for name, value in event.items() if name not in gathered]))
    told: JsonObject = {}
    for name, value in event.items():
        if name not in gathered:
            told[name] = value
        elif left := [item for item in value if not isinstance(item, str) or item not in known]:
            told[name] = left
    return told


def _texts(value: object) -> Iterator[str]:
    """Yield all texts in `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, object]", value).values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _texts(item)

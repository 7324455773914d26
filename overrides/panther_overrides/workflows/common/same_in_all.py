"""Tell once what is the same in all of several objects: events of one alert repeat half of what they hold."""

from collections.abc import Sequence
from functools import reduce
from typing import cast

from pydantic_core import to_json

from panther_mcp.runtime import JsonObject


def parted(items: Sequence[JsonObject]) -> tuple[JsonObject, list[JsonObject]]:
    """Return the fields that all of `items` share, with their values, and each item without them.

    An object within is parted in the same way; a list is taken as a whole. `joined` gives the items back.
    """
    if len(items) < 2:
        return {}, list(items)
    shared = reduce(_shared, items)
    return shared, [_without(item, shared) for item in items]


def joined(shared: JsonObject, item: JsonObject) -> JsonObject:
    """Return `item` with what it shares with others."""
    whole = {**shared, **item}
    for name, value in item.items():
        if isinstance(value, dict) and isinstance(within := shared.get(name), dict):
            whole[name] = joined(cast("JsonObject", within), cast("JsonObject", value))
    return whole


def _shared(one: JsonObject, other: JsonObject) -> JsonObject:
    found: JsonObject = {}
    for name, value in one.items():
        if name not in other:
            continue
        if _equal(value, other[name]):
            found[name] = value
        elif isinstance(value, dict) and isinstance(other[name], dict):
            within = _shared(cast("JsonObject", value), cast("JsonObject", other[name]))
            if within:
                found[name] = within
    return found


def _without(item: JsonObject, shared: JsonObject) -> JsonObject:
    left: JsonObject = {}
    for name, value in item.items():
        if name not in shared:
            left[name] = value
        elif not _equal(value, shared[name]):
            within = _without(cast("JsonObject", value), cast("JsonObject", shared[name]))
            if within:
                left[name] = within
    return left


def _equal(one: object, other: object) -> bool:
    """Say whether both are the same JSON: 1 is not true, and not 1.0."""
    return type(one) is type(other) and one == other and to_json(one) == to_json(other)

"""Tell once what is the same in all of several objects: events of one alert repeat half of what they hold."""

from collections.abc import Sequence
from typing import Any, Final, cast

from pydantic_core import to_json

from panther_mcp.results import JsonObject

# What of an object is shared: under each name all of it (None), or what is shared within: an object, or a list of them.
Tree = dict[str, Any]
_ABSENT: Final = object()
# Of these, what Python takes for equal is the same JSON, if it is of one type: 1 is not true, and not 1.0.
_PLAIN: Final = (str, int, bool, type(None))


def common(items: Sequence[JsonObject]) -> tuple[JsonObject, Tree]:
    """Return the fields that all of `items` share, with their values, and what of them it is.

    Objects within may share a part of theirs, and so may lists that hold as many objects in each item; any other list
    is taken as a whole. `without` takes it out of an item, `joined` puts it back.
    """
    return _common(items) if len(items) > 1 else ({}, {})


def without(item: JsonObject, tree: Tree) -> JsonObject:
    """Return `item` without what it shares with others."""
    left: JsonObject = {}
    for name, value in item.items():
        below = tree.get(name, _ABSENT)
        if below is _ABSENT:
            left[name] = value
        elif isinstance(below, dict):
            if within := without(value, cast("Tree", below)):
                left[name] = within
        elif isinstance(below, list):
            parts = zip(cast("list[JsonObject]", value), cast("list[Tree]", below), strict=True)
            rest = [without(one, part) for one, part in parts]
            if any(rest):
                left[name] = rest
    return left


def joined(shared: JsonObject, item: JsonObject) -> JsonObject:
    """Return `item` with what it shares with others."""
    whole = {**shared, **item}
    for name in shared.keys() & item.keys():
        whole[name] = _merged(shared[name], item[name])
    return whole


def _merged(shared: object, own: object) -> object:
    """Return `own`, of which a part is in `shared`: an object, or a list of as many objects."""
    if isinstance(own, dict):
        return joined(cast("JsonObject", shared), cast("JsonObject", own))
    pairs = zip(cast("list[JsonObject]", shared), cast("list[JsonObject]", own), strict=True)
    return [joined(one, other) for one, other in pairs]


def _common(items: Sequence[JsonObject]) -> tuple[JsonObject, Tree]:
    shared: JsonObject = {}
    tree: Tree = {}
    others = items[1:]
    for name, value in items[0].items():
        if _same(name, value, others):
            shared[name], tree[name] = value, None
        elif isinstance(value, dict):
            if all(isinstance(item.get(name), dict) for item in others):
                within, below = _common([item[name] for item in items])
                if within:
                    shared[name], tree[name] = within, below
        elif isinstance(value, list):
            size = len(cast("list[object]", value))
            if size and all(_objects(item.get(name), size) for item in items):
                parts = [_common([item[name][index] for item in items]) for index in range(size)]
                if any(within for within, _ in parts):
                    shared[name], tree[name] = [within for within, _ in parts], [below for _, below in parts]
    return shared, tree


def _same(name: str, value: object, others: Sequence[JsonObject]) -> bool:
    """Say whether `value` stands under `name` in all of `others`, as the same JSON."""
    kind = type(value)
    if kind in _PLAIN:
        for other in others:
            found = other.get(name, _ABSENT)
            if type(found) is not kind or found != value:
                return False
        return True
    text = None
    for other in others:
        found = other.get(name, _ABSENT)
        if type(found) is not kind or found != value:
            return False
        text = to_json(value) if text is None else text
        if to_json(found) != text:
            return False
    return True


def _objects(value: object, size: int) -> bool:
    if not isinstance(value, list):
        return False
    found = cast("list[object]", value)
    return len(found) == size and all(isinstance(item, dict) for item in found)

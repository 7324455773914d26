"""A list of a result as a table: what all its objects share stands once, and so do the names of their fields.

{"same_in_all": {"arn": "arn:aws:..."}, "repeated": {"#1": "aws-cli/2.15.30 ..."},
 "fields": ["p_event_time", "eventName", "userAgent"],
 "rows": [["2026-01-31 12:00:00.000", "ListBuckets", "#1"], ["2026-01-31 12:00:09.000", "GetObject", "#1"]]}

Each part is left out where it says nothing. Without `fields` the list holds objects, as it does where that is
shorter or clearer. It is made when all else is done, so that nothing else meets a value without its name.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, cast

from pydantic_core import to_json

from panther_mcp.packing.cells import tabled, untabled
from panther_mcp.packing.repeats import marked, unmarked
from panther_mcp.packing.same_in_all import common, joined, without
from panther_mcp.results import JsonObject

SAME: Final = "same_in_all"
REPEATED: Final = "repeated"
FIELDS: Final = "fields"
_MANY: Final = 30
_HEAD: Final = frozenset((SAME, REPEATED, FIELDS))


def packed(result: JsonObject, path: str, *, marks: bool = True) -> JsonObject:
    """Return `result` with its list at `path` as a table; `tables[].rows` are the lists `rows` of all `tables`.

    Without `marks` no text is told elsewhere, as in lists of lists: #1 would stand for another text in each. The result
    is left as it is where there is no such list of two objects or more, or where a table would not be shorter.
    """
    name, _, below = path.partition("[].")
    items = result.get(name)
    if not isinstance(items, list):
        return result
    found = cast("list[object]", items)
    if below:
        return {**result, name: [_below(partial(packed, marks=False), one, below) for one in found]}
    if len(found) < 2 or _HEAD & result.keys() or not all(isinstance(item, dict) for item in found):
        return result
    told = _table(name, cast("list[JsonObject]", found), marks=marks)
    if len(told) == 1 or not (_surely_shorter(told, name) or len(to_json(told)) < len(to_json({name: found}))):
        return result
    whole: JsonObject = {}
    for field, value in result.items():
        whole |= told if field == name else {field: value}
    return whole


def unpacked(result: JsonObject, path: str) -> JsonObject:
    """Return `result` as it was before `packed`."""
    name, _, below = path.partition("[].")
    items = result.get(name)
    if not isinstance(items, list):
        return result
    found = cast("list[object]", items)
    if below:
        return {**result, name: [_below(unpacked, one, below) for one in found]}
    shared: JsonObject = result.get(SAME, {})
    fields: Sequence[str] | None = result.get(FIELDS)
    rows = unmarked(cast("list[Any]", found), result.get(REPEATED, {}))
    whole = [joined(shared, row) for row in rows] if fields is None else [untabled(fields, row, shared) for row in rows]
    return {field: whole if field == name else value for field, value in result.items() if field not in _HEAD}


def labels(untrusted: Sequence[str], result: JsonObject, path: str) -> tuple[str, ...]:
    """Return the untrusted paths of `result`, which `packed` has made, for those that it had before."""
    below = f"{path}[]"
    if not any(label.startswith(below) for label in untrusted) or "[]." in path:
        # What is packed within a list has its labels there.
        return tuple(untrusted)
    heads = [head for head in (SAME, REPEATED, FIELDS) if head in result]
    others = [label for label in untrusted if not label.startswith(below)]
    return tuple(sorted({*others, *heads, below})) if heads else tuple(untrusted)


def _below(change: Callable[[JsonObject, str], JsonObject], item: object, path: str) -> object:
    """Return an item of a list that holds such lists; where it was cut, its last item is no object."""
    return change(cast("JsonObject", item), path) if isinstance(item, dict) else item


def _surely_shorter(told: JsonObject, name: str) -> bool:
    """Say whether so many rows have lost their names that there is no need to look."""
    return FIELDS in told and len(told[name]) >= _MANY


def _table(name: str, items: list[JsonObject], *, marks: bool) -> JsonObject:
    shared, tree = common(items)
    table = tabled(items, tree)
    rows: list[Any]
    fields, rows = table if table is not None else (None, [without(item, tree) for item in items])
    repeated, rows = marked(rows) if marks else ({}, rows)
    told: JsonObject = {}
    if shared:
        told[SAME] = shared
    if repeated:
        told[REPEATED] = repeated
    if fields is not None:
        told[FIELDS] = fields
    return told | {name: rows}

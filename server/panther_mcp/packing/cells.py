"""Objects as rows of cells: the names of their fields stand once, as paths where objects stand within."""

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from itertools import chain
from typing import Any, Final, cast

from panther_mcp.packing.same_in_all import Tree
from panther_mcp.results import JsonObject

# In a wider row a reader loses count of the cells.
_MOST_FIELDS: Final = 12
# Where more of the cells would be empty, the objects have less in common than a table suggests.
_MOST_ABSENT: Final = 0.25
_PLAIN: Final = re.compile(r'[^.\[\]"]+')
_STEP: Final = re.compile(r'\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\.?(?P<plain>[^.\[\]"]+)')


class _NoTableError(Exception):
    """The objects do not make a table that can be read."""


def tabled(items: Sequence[JsonObject], tree: Tree) -> tuple[list[str], list[list[Any]]] | None:
    """Return the fields of `items` and the cells of each, or None where they are clearer as objects.

    What they share by `tree` (see `same_in_all`) is not among them. A cell is null where the object has no such
    field, and cells at the end are left out for that: where a field may be null itself, there is no table.
    """
    try:
        columns = _columns(items, tree, "")
    except _NoTableError:
        return None
    absent = sum(cells.count(None) for cells in columns.values())
    if not columns or len(columns) > _MOST_FIELDS or absent > _MOST_ABSENT * len(columns) * len(items):
        return None
    rows = [list(cells) for cells in zip(*columns.values(), strict=True)]
    if absent:
        for row in rows:
            while row and row[-1] is None:
                row.pop()
    return list(columns), rows


def untabled(fields: Sequence[str], row: Sequence[object], shared: JsonObject) -> JsonObject:
    """Return the object that `row` tells, with what it shares with the others."""
    item = deepcopy(shared)
    for field, cell in zip(fields, row, strict=False):
        if cell is not None:
            _put(item, _steps(field), cell)
    return item


def _columns(items: Sequence[JsonObject], tree: Tree, at: str) -> dict[str, list[Any]]:
    """Return the cells of `items` by their fields; an object without fields stands for one that is not there."""
    columns: dict[str, list[Any]] = {}
    for name in dict.fromkeys(chain.from_iterable(items)):
        below: Any = tree.get(name)
        if below is None and name in tree:
            continue
        values: list[Any] = [item.get(name) for item in items]
        there = values
        if None in values:
            there = [value for value in values if value is not None]
            if len(there) < sum(name in item for item in items):
                raise _NoTableError
        path = _path(at, name)
        if isinstance(below, list):
            for index, part in enumerate(cast("list[Tree]", below)):
                columns |= _columns([value[index] for value in values], part, f"{path}[{index}]")
        elif below is not None or _alike(there):
            columns |= _columns([value or {} for value in values], below or {}, path)
        else:
            columns[path] = values
        if len(columns) > _MOST_FIELDS:
            raise _NoTableError
    return columns


def _alike(values: Sequence[object]) -> bool:
    """Say whether all of `values` are objects with the same fields."""
    first = values[0]
    if not isinstance(first, dict) or not first:
        return False
    names = cast("JsonObject", first).keys()
    return all(isinstance(value, dict) and cast("JsonObject", value).keys() == names for value in values)


def _path(at: str, name: str) -> str:
    if _PLAIN.fullmatch(name):
        return f"{at}.{name}" if at else name
    return f"{at}[{json.dumps(name, ensure_ascii=False)}]"


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for step in _STEP.finditer(path):
        if step["index"] is not None:
            steps.append(int(step["index"]))
        else:
            steps.append(json.loads(step["quoted"]) if step["quoted"] is not None else step["plain"])
    return steps


def _put(item: Any, steps: Sequence[str | int], cell: object) -> None:
    for step in steps[:-1]:
        item = item[step] if isinstance(step, int) else item.setdefault(step, {})
    item[steps[-1]] = cell

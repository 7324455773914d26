"""The columns of a result in a few lines: how full, how varied, the most frequent values, the first and the last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from panther_mcp.runtime import JsonObject

_MOST_BYTES = 8_000
_TOP_VALUES = 5
_LONGEST_VALUE = 80


def summarise(rows: Sequence[JsonObject], columns: Mapping[str, str]) -> JsonObject:
    """Return what the columns of `rows` hold; `columns` maps their names to their types.

    For each column: `non_null`, `distinct`; `top` with its most frequent values and how often they occur, where
    one occurs twice; `min` and `max` of numbers, `first` and `last` of times. In a wide result, columns have
    fewer values in `top`.
    """
    for top in (_TOP_VALUES, 3, 1, 0):
        found = {name: _column([row.get(name) for row in rows], kind, top) for name, kind in columns.items()}
        if len(to_json(found)) <= _MOST_BYTES:
            break
    return {"based_on_rows": len(rows), "columns": found}


def _column(values: Sequence[Any], kind: str, top: int) -> JsonObject:
    present = [value for value in values if value is not None]
    # 1 and True are the same key to a dictionary, and lists are none.
    counts = Counter(value if isinstance(value, str) else to_json(value).decode() for value in present)
    found: JsonObject = {"non_null": len(present), "distinct": len(counts)}
    if not present:
        return found
    if kind.lower().startswith(("timestamp", "date", "time")) and all(isinstance(value, str) for value in present):
        return found | {"first": min(present), "last": max(present)}
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in present):
        found |= {"min": min(present), "max": max(present)}
    frequent = counts.most_common(top)
    # Where every value occurs once, the rows show as much.
    if frequent and frequent[0][1] > 1:
        found["top"] = [[_short(value), count] for value, count in frequent]
    return found


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"

"""What differs between two versions of a document, told so that a person can judge it: values, names, or a diff."""

import difflib
import json
from collections.abc import Mapping
from typing import cast

from panther_mcp.errors import bounded
from panther_mcp.runtime import JsonObject

# Comparing longer texts line by line takes too long.
_MOST_LINES = 5_000
_LONGEST_DIFF = 12_000
_LONGEST_VALUE = 500


def describe_changes(before: JsonObject, after: JsonObject) -> JsonObject:
    """Return an entry for each field that differs: `before` and `after`, a text's `diff`, or a list's names."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: _change(before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _change(before: object, after: object) -> JsonObject:
    if _is_text(before) and _is_text(after) and "\n" in f"{before or ''}{after or ''}":
        return _text_change(cast("str", before or ""), cast("str", after or ""))
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None and (old or new):
        return _named_change(old, new)
    return {"before": _short(before), "after": _short(after)}


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _text_change(before: str, after: str) -> JsonObject:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > _MOST_LINES:
        return {"lines_before": len(old), "lines_after": len(new), "note": "too long for a diff"}
    diff = "\n".join(difflib.unified_diff(old, new, "before", "after", lineterm=""))
    if not diff:
        # Only the ends of lines differ, or of the last one.
        return {"note": "only line ends differ"}
    return {"diff": diff if len(diff) <= _LONGEST_DIFF else f"{diff[:_LONGEST_DIFF]}\n… (cut)"}


def _by_name(value: object) -> dict[str, Mapping[str, object]] | None:
    """Return the objects of a list by their names, or None for what is no list of objects with names of their own."""
    if value is None:
        return {}
    if not isinstance(value, list):
        return None
    items = cast("list[object]", value)
    objects = [cast("JsonObject", item) for item in items if isinstance(item, dict)]
    found: dict[str, Mapping[str, object]] = {}
    for item in objects:
        if isinstance(name := item.get("name"), str):
            found[name] = item
    return found if len(found) == len(items) else None


def _named_change(old: Mapping[str, Mapping[str, object]], new: Mapping[str, Mapping[str, object]]) -> JsonObject:
    change = {
        "added": [bounded(name, 100) for name in new if name not in old],
        "removed": [bounded(name, 100) for name in old if name not in new],
        "changed": [bounded(name, 100) for name in new if name in old and old[name] != new[name]],
    }
    return {what: names for what, names in change.items() if names} or {"note": "only the order differs"}


def _short(value: object) -> object:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

"""Changes a REST answer into one of another form than its description has: what a newer Panther may send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from panther_sandbox.faults.spec import Fault

_MORE = "notYetKnown"
_Json = dict[str, Any]


def reshape(fault: Fault, body: Any) -> bool:
    """Change the JSON of an answer, in place, as a fault wants it; say whether it found something to change."""
    change = _CHANGES[fault.text]
    field = fault.option_text("field")
    changed = False
    for record in _records(body):
        if fault.text == "extra":
            record[_MORE] = {"in": [1, "form"]}
            changed = True
            continue
        for name in [name for name, value in record.items() if name == field or (field is None and _is_leaf(value))]:
            change(record, name)
            changed = True
    return changed


def _is_leaf(value: object) -> bool:
    return isinstance(value, str | int | float)


def _records(value: object) -> list[_Json]:
    """Return every object within a value, those around after those within."""
    if isinstance(value, list):
        return [record for item in cast("list[object]", value) for record in _records(item)]
    if not isinstance(value, dict):
        return []
    record = cast("_Json", value)
    return [*(inner for item in record.values() for inner in _records(item)), record]


def _set(value: object) -> Callable[[_Json, str], object]:
    def change(record: _Json, name: str) -> None:
        record[name] = value

    return change


_CHANGES: dict[str, Callable[[_Json, str], object]] = {
    "missing": lambda record, name: record.pop(name),
    "null": _set(None),
    "number": _set(7),
    "text": _set("NOT_YET_KNOWN"),
    "object": _set({"value": "not yet known"}),
    "extra": _set(None),
}

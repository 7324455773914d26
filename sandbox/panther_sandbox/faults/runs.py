"""Data lake queries and AI runs that never end, or that fail: what their clients are told from their start on.

The sandbox runs them as any other; only the answers tell otherwise. Only the server's event loop uses this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from panther_sandbox.faults.answers import Place, Walk
from panther_sandbox.faults.registry import Rule
from panther_sandbox.faults.target import AI_STARTS, QUERY_STARTS, Asked

_Change = dict[str, Any]

_QUERY_CHANGES: dict[str, _Change] = {
    "stuck": {"status": "running", "message": "", "completedAt": None, "results": None, "children": []},
    "failed": {"status": "failed", "message": "SQL execution internal error.", "results": None, "children": []},
    "cancelled": {
        "status": "cancelled",
        "message": "Query was cancelled by the user.",
        "results": None,
        "children": [],
    },
}
_AI_CHANGES: dict[str, _Change] = {
    "stuck": {"finished": False, "responseText": "", "error": None},
    "failed": {"finished": True, "responseText": "", "error": "the AI run failed"},
}
_RUNS = {"DataLakeQuery": ("id", _QUERY_CHANGES), "AIInferenceStream": ("streamId", _AI_CHANGES)}
_ENDS = ("failed", "cancelled")


class Runs:
    """The runs that do not end as they should, by their ids."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._outcomes)

    def follow(self, rules: Sequence[Rule], asked: Asked, body: dict[str, Any]) -> list[Rule]:
        """Note what an answer starts or cancels, and change what it tells of noted runs.

        Return the rules that found something started.
        """
        data: object = body.get("data")
        if not isinstance(data, dict):
            return []
        walk = Walk(asked, cast("dict[str, Any]", data))
        places = list(walk.places())
        used = [rule for rule in rules if self._start(rule, places)]
        for identifier in _ids(places, frozenset({"cancelDataLakeQuery"})):
            if identifier in self._outcomes:
                self._outcomes[identifier] = "cancelled"
        for place in places:
            self._tell(walk, place)
        return used

    def _start(self, rule: Rule, places: list[Place]) -> bool:
        started = _ids(places, QUERY_STARTS if rule.fault.kind == "query" else AI_STARTS)
        self._outcomes.update(dict.fromkeys(started, rule.fault.text))
        return bool(started)

    def _tell(self, walk: Walk, place: Place) -> None:
        """Change the object at a place when it is a noted run."""
        kind = walk.object_type(place)
        if kind is None or kind.name not in _RUNS:
            return
        key_field, changes = _RUNS[kind.name]
        fields = walk.subfields(place, kind)
        run = cast("dict[str, Any]", place.value)
        identifier = next((run[key] for key, name in fields.items() if name == key_field), None)
        outcome = self._outcomes.get(identifier or place.arguments.get(key_field, ""))
        if outcome is None:
            return
        for key, name in fields.items():
            if name in changes[outcome]:
                run[key] = changes[outcome][name]
            elif name == "completedAt" and run[key] is None and outcome in _ENDS:
                # It still runs here, though its client is told that it has ended.
                run[key] = next((run[other] for other, asked in fields.items() if asked == "startedAt"), None)


def _ids(places: list[Place], fields: frozenset[str]) -> list[str]:
    """Return the ids that the objects of some root fields hold."""
    return [
        place.value
        for place in places
        if place.field in ("id", "streamId") and place.above and not place.above.above and place.above.field in fields
    ]

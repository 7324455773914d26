"""Correlation rules: which signals, in which order or number, make an alert; and their unit tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from panther_sandbox.errors import InvalidInputError
from panther_sandbox.store.database import Record


def check_correlation_rule(text: str) -> list[Record]:
    """Run the unit tests of a correlation rule's YAML; raise InvalidInputError when it is no correlation rule.

    A test gives, for each rule, the times at which it matched; the events of one match key count together.
    """
    # Imported here, for YAML is needed by nothing else at the start.
    from panther_sandbox.simple_rules.yaml_text import read_yaml

    rule = read_yaml(text, "yaml")
    if not isinstance(rule, dict):
        raise InvalidInputError("yaml: expected a correlation rule")
    fields = cast("dict[str, Any]", rule)
    steps = _steps(fields)
    tests: object = fields.get("Tests") or []
    if not isinstance(tests, list):
        raise InvalidInputError("yaml: Tests must be a list")
    return [_result(steps, test) for test in cast("list[object]", tests)]


class _Steps:
    """The rules whose signals are waited for: name of the step, id of the rule, how many matches it takes."""

    def __init__(self, *, ordered: bool, steps: list[tuple[str, str, int]], minutes: int) -> None:
        self.ordered = ordered
        self.steps = steps
        self.minutes = minutes

    def holds(self, matches: dict[str, list[float]]) -> bool:
        """Tell whether the matches (minutes, by step or by rule) raise the alert."""
        after, moments = float("-inf"), list[float]()
        for name, rule_id, least in self.steps:
            found = sorted(matches.get(name, matches.get(rule_id, [])))
            fitting = [moment for moment in found if not self.ordered or moment >= after]
            if len(fitting) < least:
                return False
            after = fitting[least - 1]
            moments += fitting[:least]
        return max(moments) - min(moments) <= self.minutes if moments else False


def _steps(fields: dict[str, Any]) -> _Steps:
    detection: object = fields.get("Detection")
    first: object = cast("list[object]", detection)[0] if isinstance(detection, list) and detection else None
    given = cast("dict[str, Any]", first) if isinstance(first, dict) else {}
    for kind in ("Sequence", "Group"):
        items: object = given.get(kind)
        if isinstance(items, list) and items:
            steps = [_step(item) for item in cast("list[object]", items)]
            minutes = given.get("LookbackWindowMinutes", 15)
            if not isinstance(minutes, int) or minutes < 1:
                raise InvalidInputError("yaml: LookbackWindowMinutes must be a positive integer")
            return _Steps(ordered=kind == "Sequence", steps=steps, minutes=minutes)
    raise InvalidInputError("yaml: Detection must hold a Sequence or a Group")


def _step(item: object) -> tuple[str, str, int]:
    given = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    rule_id = given.get("RuleID")
    if not isinstance(rule_id, str):
        raise InvalidInputError("yaml: each step needs a RuleID")
    least = given.get("MinMatchCount", 1)
    if not isinstance(least, int) or least < 1:
        raise InvalidInputError("yaml: MinMatchCount must be a positive integer")
    return str(given.get("ID", rule_id)), rule_id, least


def _result(steps: _Steps, test: object) -> Record:
    given = cast("dict[str, Any]", test) if isinstance(test, dict) else {}
    name = str(given.get("Name", ""))
    try:
        holds = any(steps.holds(matches) for matches in _matches(given.get("RuleOutputs")).values())
    except InvalidInputError as error:
        return {"name": name, "passed": False, "error": str(error)}
    expected = bool(given.get("ExpectedResult", True))
    error_text = "" if holds is expected else f"expected {expected}, the rule gave {holds}"
    return {"name": name, "passed": holds is expected, "error": error_text or None}


def _matches(outputs: object) -> dict[str, dict[str, list[float]]]:
    """Return the minutes at which each step matched, by the value that the steps have in common."""
    found: dict[str, dict[str, list[float]]] = {}
    for output in cast("list[object]", outputs) if isinstance(outputs, list) else []:
        given = cast("dict[str, Any]", output) if isinstance(output, dict) else {}
        step = str(given.get("ID", given.get("RuleID", "")))
        by_key: object = given.get("Matches")
        if not isinstance(by_key, dict):
            raise InvalidInputError("RuleOutputs: each needs Matches")
        for key, values in cast("dict[str, Any]", by_key).items():
            lists = cast("dict[str, Any]", values) if isinstance(values, dict) else {"": values}
            for value, moments in lists.items():
                numbers = cast("Sequence[Any]", moments) if isinstance(moments, list) else ()
                times = [_minute(moment) for moment in numbers]
                found.setdefault(f"{key}={value}", {}).setdefault(step, []).extend(times)
    return found


def _minute(moment: Any) -> float:
    if isinstance(moment, int | float):
        return float(moment)
    parts = str(moment).split(":")
    try:
        hours, minutes, seconds = (float(part) for part in [*parts, "0", "0"][:3])
    except ValueError:
        raise InvalidInputError(f"RuleOutputs: {moment!r} is not a time") from None
    return hours * 60 + minutes + seconds / 60

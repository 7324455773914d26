"""What each kind of detection can be told: the tools' parameters, and the fields of the REST documents they become."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import JsonObject
from panther_overrides.workflows.common.unit_tests import unit_tests

_ALL = {
    "display_name": "displayName",
    "body": "body",
    "severity": "severity",
    "enabled": "enabled",
    "description": "description",
    "tags": "tags",
    "reports": "reports",
    "output_ids": "outputIDs",
    "tests": "tests",
}
_ALERTING = _ALL | {
    "runbook": "runbook",
    "threshold": "threshold",
    "dedup_period_minutes": "dedupPeriodMinutes",
    "summary_attributes": "summaryAttributes",
}
_OF_LOGS = _ALERTING | {"log_types": "logTypes", "inline_filters": "inlineFilters"}
_SIMPLE = _OF_LOGS | {
    "body": "detection",
    "alert_title": "alertTitle",
    "alert_context": "alertContext",
    "dynamic_severities": "dynamicSeverities",
    "group_by": "groupBy",
}
# A detection without one of these is none.
_NEVER_EMPTY = ("body", "severity")


@dataclass(frozen=True)
class WrittenKind:
    """A kind as it is written: its `collection` in the path, and for each parameter that it has the field it fills.

    `function` is what its Python must define; the YAML of simple rules has none.
    """

    name: str
    collection: str
    function: str
    fields: Mapping[str, str]

    def named(self, identifier: str) -> str:
        """Return how a detection of this kind is named among documents: its collection and its id."""
        return f"{self.collection}/{identifier}"

    @property
    def body_help(self) -> str:
        """Say what the parameter `body` must hold."""
        if not self.function:
            return "For simple_rules, body is YAML: match expressions such as '- {Key: a, Condition: Exists}'."
        event = "resource" if self.function == "policy" else "event"
        return f"For {self.name}, body is Python that defines {self.function}({event}) and returns True or False."


WRITTEN_KINDS = {
    kind.name: kind
    for kind in (
        WrittenKind("rules", "rules", "rule", _OF_LOGS),
        WrittenKind("simple_rules", "simple-rules", "", _SIMPLE),
        WrittenKind(
            "scheduled_rules", "scheduled-rules", "rule", _ALERTING | {"scheduled_queries": "scheduledQueries"}
        ),
        WrittenKind(
            "policies",
            "policies",
            "policy",
            _ALL | {"resource_types": "resourceTypes", "suppressions": "suppressions"},
        ),
    )
}


def given_fields(kind: WrittenKind, given: Mapping[str, Any]) -> JsonObject:
    """Return the document's fields for the arguments in `given` that are not None.

    Raises `InvalidInput` for arguments that the kind does not have, for tests that are none, and for code that
    cannot be of this kind.
    """
    told = {param: value for param, value in given.items() if value is not None}
    check_fields(kind, told)
    if "body" in told:
        _check_body(kind, told["body"])
    if "tests" in told:
        told["tests"] = unit_tests(told["tests"], "tests")
    return {kind.fields[param]: value for param, value in told.items()}


def emptied_fields(kind: WrittenKind, clear: list[str], before: JsonObject) -> JsonObject:
    """Return the fields of the document `before` that `clear` (parameters of the kind) empties: what they become."""
    found: JsonObject = {}
    for param in clear:
        field = kind.fields[param]
        if param in _NEVER_EMPTY or isinstance(before.get(field), bool | int):
            raise InvalidInput(
                f"{param} cannot be empty.", hint=f"Give its new value as {param} instead of clearing it."
            )
        if before.get(field) is not None:
            found[field] = type(before[field])()
    return found


def check_fields(kind: WrittenKind, told: Iterable[str]) -> None:
    """Raise `InvalidInput` when the kind does not have each of the parameters that `told` names."""
    every = {param for other in WRITTEN_KINDS.values() for param in other.fields}
    unknown = [param for param in told if param not in every]
    if unknown:
        close = get_close_matches(unknown[0], every, n=1)
        raise InvalidInput(
            f"A detection has no field {', '.join(repr(param[:60]) for param in unknown[:5])}.",
            hint=f"Did you mean {close[0]}?" if close else f"The fields are {', '.join(sorted(every))}.",
        )
    foreign = [param for param in told if param not in kind.fields]
    if foreign:
        homes = "; ".join(
            f"{param} is for {', '.join(other.name for other in WRITTEN_KINDS.values() if param in other.fields)}"
            for param in foreign
        )
        own = next(param for param in ("log_types", "scheduled_queries", "resource_types") if param in kind.fields)
        raise InvalidInput(
            f"{kind.name} have no {', '.join(foreign)}.",
            hint=f"{homes}. Leave it out (what {kind.name} look at is {own}), or check detection_type.",
        )


def _check_body(kind: WrittenKind, body: str) -> None:
    # Panther stores code without the function, and only every event that comes in shows that it fails.
    if kind.function and not re.search(rf"\b{kind.function}\b", body):
        raise InvalidInput(f"The body defines no function {kind.function}.", hint=kind.body_help)
    if not kind.function and re.search(r"(?m)^def \w+\(", body):
        raise InvalidInput("The body is Python, but simple_rules are YAML.", hint=kind.body_help)
    if not kind.function and (key := re.search(r"(?m)^(AnalysisType|RuleID|Detection|Severity)\s*:", body)):
        raise InvalidInput(
            f"The body is a whole rule file: it has {key[1]}.",
            hint=f"Give only what stands under Detection as body, the rest as arguments. {kind.body_help}",
        )

"""The mappings of a data model: each gives a common name to a path in the event, or to a function of the body."""

from collections.abc import Mapping, Sequence
from typing import Any

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import JsonObject

_KEYS = frozenset({"name", "path", "method"})


def checked_mappings(mappings: Sequence[Mapping[str, object]] | None) -> list[JsonObject] | None:
    """Return the mappings as the API takes them. Raises `InvalidInput` with everything that is wrong with them."""
    if mappings is None:
        return None
    problems = [problem for number, one in enumerate(mappings) for problem in _problems(number, one)]
    names = [one.get("name") for one in mappings]
    problems += [f"{bounded(str(name), 60)} is mapped twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if problems:
        raise InvalidInput(
            f"These mappings do not fit: {'; '.join(problems[:10])}.",
            hint='Write each as {"name": "source_ip", "path": "client.ipAddress"}, or with method in place of path.',
        )
    return [dict(one) for one in mappings]


def _problems(number: int, mapping: Mapping[str, object]) -> list[str]:
    where = f"mapping {number}"
    if unknown := sorted(bounded(str(key), 30) for key in mapping.keys() - _KEYS):
        return [f"{where} has unknown keys {', '.join(unknown[:5])}"]
    if not all(isinstance(value, str) for value in mapping.values()):
        return [f"{where} has a value that is no text"]
    found: list[str] = []
    if not mapping.get("name"):
        found.append(f"{where} has no name")
    if bool(mapping.get("path")) == bool(mapping.get("method")):
        found.append(f"{where} must have either a path or a method")
    return found


def given_fields(**given: Any) -> JsonObject:
    """Return the fields that are given, by their names in the API."""
    wire = {"display_name": "displayName", "log_types": "logTypes"}
    return {wire.get(name, name): value for name, value in given.items() if value is not None}

"""Reads YAML that clients send: safe, bounded, and with an error that says where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import yaml

from panther_sandbox.errors import InvalidInputError

_MOST_CHARACTERS = 1_000_000
_MOST_NODES = 100_000


def read_yaml(text: str, what: str) -> Any:
    """Return the value of a YAML text as JSON has it; raise InvalidInputError."""
    if len(text) > _MOST_CHARACTERS:
        raise InvalidInputError(f"{what} is longer than {_MOST_CHARACTERS} characters")
    try:
        value = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise InvalidInputError(f"{what} is not valid YAML: {error.problem} (line {line})") from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise InvalidInputError(f"{what} is not valid YAML: {error}") from None
    return _Plain(what).value(value, 0)


class _Plain:
    """Turns what YAML has and JSON has not into text; aliases that multiply, or hold themselves, are refused."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._nodes = 0

    def value(self, value: object, depth: int) -> Any:
        """Return a value as JSON has it."""
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > 100:
            raise InvalidInputError(f"{self._what} is nested too deeply or too large")
        if isinstance(value, dict):
            items = cast("Mapping[Any, Any]", value).items()
            return {str(key): self.value(item, depth + 1) for key, item in items}
        if isinstance(value, list):
            return [self.value(item, depth + 1) for item in cast("Sequence[Any]", value)]
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            raise InvalidInputError(f"{self._what} holds a number that JSON has not")
        return value if value is None or isinstance(value, bool | int | float | str) else str(value)

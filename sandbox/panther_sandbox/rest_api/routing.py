"""Routes of the REST API: a method, a path of segments, the permission needed, and the function that answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time, parse_time
from panther_sandbox.errors import InvalidInputError


@dataclass(frozen=True)
class Request:
    """A request: `path` holds the values of the route's `{...}` segments, `query` every value of a parameter."""

    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: Any = None

    def text(self, name: str) -> str | None:
        """Return a query parameter, or None when it is not given or empty."""
        values = self.query.get(name) or []
        return values[0] or None if values else None

    def texts(self, name: str) -> list[str]:
        """Return all values of a parameter, which may be repeated or listed with commas."""
        return [part for value in self.query.get(name) or [] for part in value.split(",") if part]

    def number(self, name: str) -> int | None:
        """Return a whole number; raise InvalidInputError when it is none."""
        value = self.text(name)
        if value is None:
            return None
        # Bounded, for the store's integers have 64 bits.
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", value):
            raise InvalidInputError(f"{name} must be an integer")
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Return a true or false; raise InvalidInputError when it is neither."""
        value = self.text(name)
        if value is None:
            return None
        if value.lower() not in ("true", "false"):
            raise InvalidInputError(f"{name} must be true or false")
        return value.lower() == "true"

    def choice(self, name: str, allowed: Sequence[str]) -> str | None:
        """Return one of the allowed values; raise InvalidInputError for another."""
        value = self.text(name)
        if value is not None and value not in allowed:
            raise InvalidInputError(f"{name} must be one of {', '.join(allowed)}")
        return value

    def choices(self, name: str, allowed: Sequence[str]) -> list[str]:
        """Return several of the allowed values; raise InvalidInputError for another."""
        values = self.texts(name)
        for value in values:
            if value not in allowed:
                raise InvalidInputError(f"{name} must be one of {', '.join(allowed)}")
        return values

    def time(self, name: str) -> str | None:
        """Return a time in the form that the store sorts by; raise InvalidInputError when it is none."""
        value = self.text(name)
        try:
            return None if value is None else api_time(parse_time(value))
        except (ValueError, OverflowError):
            raise InvalidInputError(f"{name} must be a time as in RFC 3339") from None

    def document(self) -> dict[str, Any]:
        """Return the body when it is a JSON object; raise InvalidInputError when it is not."""
        body: object = self.body
        if not isinstance(body, dict):
            raise InvalidInputError("the body must be a JSON object")
        return cast("dict[str, Any]", body)


@dataclass(frozen=True)
class Answer:
    """A response; without a body only the status is sent."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: {})


@dataclass(frozen=True)
class Route:
    """`pattern` is written as `/alerts/{id}/events`; of the permissions in `any_of` one is needed."""

    method: str
    pattern: str
    any_of: tuple[str, ...]
    handler: Callable[[Request], Answer]
    segments: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "segments", tuple(self.pattern.strip("/").split("/")))

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the values in the path, or None when it is not this route's."""
        if len(segments) != len(self.segments):
            return None
        values: dict[str, str] = {}
        for wanted, given in zip(self.segments, segments, strict=True):
            if wanted.startswith("{"):
                if not given:
                    return None
                values[wanted.strip("{}")] = given
            elif wanted != given:
                return None
        return values


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what has no value, as the REST API does."""
    return {name: value for name, value in document.items() if value is not None}


def path_segments(raw_path: bytes) -> list[str]:
    """Split a path as it was sent, then decode: a slash inside an id arrives as %2F and must not split it."""
    return [unquote(part) for part in raw_path.decode("latin-1").partition("?")[0].strip("/").split("/")]

"""Read in GraphQL's validation errors what an instance does not know: fields, types, or something else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_QUOTED: Final = r"[\"'`“]?{}[\"'`”]?"
_NAME: Final = r"(?P<{}>[_A-Za-z][_0-9A-Za-z]*)"


def _pattern(text: str) -> re.Pattern[str]:
    """Return the pattern of a message; `<x>` stands for a name in any quotes."""
    quoted = re.sub(r"<(\w+)>", lambda found: _QUOTED.format(_NAME.format(found[1])), text)
    return re.compile(rf"(?:Validation error[^:]*: )?{quoted}", re.IGNORECASE | re.DOTALL)


# As the reference implementation, its ports and graphql-java word it.
_FIELDS: Final = (
    _pattern("Cannot query field <field> on type <type>"),
    _pattern("Field <field> in type <type> is undefined"),
)
_TYPES: Final = (
    _pattern("Unknown type <type>"),
    _pattern("Fragment cannot be spread here as objects of type <other> can never be of type <type>"),
)
_OTHERS: Final = (
    _pattern("Unknown (argument|directive|fragment)"),
    _pattern("Field argument <argument> .*(not defined|unknown)"),
    _pattern(r"Field <field> (is not defined by type|must (not )?have a (sub)?selection|of type .* must have)"),
    _pattern(r"Variable \W?\$\w+\W? got invalid value .*; Field .* is not defined by type"),
    _pattern(r"Variable \W?\$\w+\W? of type .* used in position"),
)
# What is wrong is said at the beginning or, after a value of any length, at the end.
_READ: Final = 1_000


@dataclass(frozen=True, slots=True)
class Unknown:
    """What an instance does not know: fields by their coordinates, types by their names."""

    fields: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()

    def __or__(self, other: "Unknown") -> "Unknown":
        return Unknown(self.fields | other.fields, self.types | other.types)

    def __bool__(self) -> bool:
        return bool(self.fields or self.types)

    @property
    def names(self) -> list[str]:
        """All of it, sorted."""
        return sorted(self.fields | self.types)


def is_mismatch(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether any of GraphQL's `errors` says that the instance's schema is not the one that was expected."""
    return any(pattern.match(_text(error)) for error in errors for pattern in (*_FIELDS, *_TYPES, *_OTHERS))


def unknown(errors: Sequence[Mapping[str, Any]]) -> Unknown | None:
    """Return the unknown fields and types that `errors` tell of, or None where one of them tells of something else."""
    found = Unknown()
    for error in errors:
        one = _unknown(_text(error))
        if one is None:
            return None
        found |= one
    return found


def _unknown(message: str) -> Unknown | None:
    for pattern in _FIELDS:
        if match := pattern.match(message):
            return Unknown(fields=frozenset({f"{match['type']}.{match['field']}"}))
    for pattern in _TYPES:
        if match := pattern.match(message):
            return Unknown(types=frozenset({match["type"]}))
    return None


def _text(error: Mapping[str, Any]) -> str:
    message = str(error.get("message") or "")
    return message if len(message) <= 2 * _READ else f"{message[:_READ]} {message[-_READ:]}"

"""The event that a detection sees: a read-only mapping that knows its way into nested fields and data models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

Udm = Callable[["Event", str], Any]


class Nested(Mapping[str, Any]):
    """An object inside an event; what it gives out is wrapped as well, so that nothing can be changed."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    def __getitem__(self, key: str) -> Any:
        return wrapped(self._data[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __repr__(self) -> str:
        return repr(self._data)

    def __eq__(self, other: object) -> bool:
        return bool(plain(self) == plain(other))

    def __hash__(self) -> int:
        # Only a dict could change, and this cannot.
        return hash(repr(self._data))

    def to_dict(self) -> dict[str, Any]:
        """Return a copy that may be changed."""
        return cast("dict[str, Any]", plain(self))

    def copy(self) -> dict[str, Any]:
        """Return a copy that may be changed."""
        return self.to_dict()

    def deep_get(self, *keys: str, default: Any = None) -> Any:
        """Return the value under a path of keys; the default when a step is missing or the value is null."""
        value: Any = self
        for key in keys:
            if not isinstance(value, Mapping):
                return default
            value = cast("Mapping[str, Any]", value).get(key)
        return default if value is None else value

    def deep_walk(self, *keys: str, default: Any = None, return_val: str = "all") -> Any:
        """Return what a path of keys leads to, going through every item of the lists on its way.

        `return_val` is `all` (one value, or a list of the different ones), `first` or `last`.
        """
        found = list(dict.fromkeys(map(_Hashable, _walk(self, keys))))
        values = [item.value for item in found]
        if not values:
            return default
        if return_val == "first":
            return values[0]
        if return_val == "last":
            return values[-1]
        return values[0] if len(values) == 1 else values


class Event(Nested):
    """A whole event; `udm` reads the fields that a data model gives common names."""

    def __init__(self, data: Mapping[str, Any], udm: Udm) -> None:
        super().__init__(data)
        self._udm = udm

    def udm(self, key: str) -> Any:
        """Return the field that the log type's data model maps to a common name; None without one."""
        return self._udm(self, key)

    def lookup(self, table: str, key: str) -> Any:
        """Return what an enrichment table added for a selector's field."""
        return self.deep_get("p_enrichment", table, key)


class _Hashable:
    """Compares a value by its text, for lists and objects have no hash."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash(repr(self.value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and repr(self.value) == repr(other.value)


def wrapped(value: Any) -> Any:
    """Return a value in its read-only form."""
    if isinstance(value, dict):
        return Nested(cast("dict[str, Any]", value))
    if isinstance(value, list):
        return [wrapped(item) for item in cast("Sequence[Any]", value)]
    return value


def plain(value: Any) -> Any:
    """Return a value as plain dicts and lists."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    return value


def _walk(value: Any, keys: Sequence[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in cast("Sequence[Any]", value):
            yield from _walk(item, keys)
    elif not keys:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        found = cast("Mapping[str, Any]", value)
        if keys[0] in found:
            yield from _walk(found[keys[0]], keys[1:])

"""Compiles the match expressions of simple rules to Python expressions."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any, cast

from panther_sandbox.errors import InvalidInputError
from panther_sandbox.simple_rules.conditions import Condition, find_condition

_LIST_CONDITIONS = {
    "AnyElement": "any({items})",
    "AllElements": "all({items})",
    "NoElement": "not any({items})",
    "NoneElement": "not any({items})",
    "OnlyOneElement": "sum(map(bool, ({items}))) == 1",
}
_COMBINATORS = {
    "All": "all",
    "Any": "any",
    "OnlyOne": "one",
    "None": "none",
}


class Expressions:
    """Compiles expressions, and gathers the names of the helpers that they call."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._depth = 0
        self.helpers: dict[str, None] = {}

    def all_of(self, items: Any, event: str = "event") -> str:
        """Compile a list of which every expression must hold; or an object, which is a single one."""
        if isinstance(items, dict):
            return self._one(cast("dict[str, Any]", items), event)
        parts = self._parts(items, event)
        return " and ".join(parts) if parts else "True"

    def key(self, given: dict[str, Any], event: str = "event") -> str:
        """Compile the part of an expression that says which value is meant."""
        if isinstance(given.get("Key"), str):
            return f"{event}.get({given['Key']!r})"
        path = self._path(given)
        if path is not None:
            return f"{event}.deep_get({', '.join(map(repr, path))})"
        enrichment = given.get("Enrichment")
        if isinstance(enrichment, dict):
            found = cast("dict[str, Any]", enrichment)
            steps = [str(found.get("Table", "")), str(found.get("Selector", ""))]
            steps += [part for part in str(found.get("FieldPath", "")).split(".") if part]
            return f'{event}.deep_get("p_enrichment", {", ".join(map(repr, steps))})'
        raise self._error(f"an expression needs Key, KeyPath or DeepKey, found {', '.join(given) or 'nothing'}")

    def _path(self, given: dict[str, Any]) -> Sequence[str] | None:
        deep: object = given.get("DeepKey")
        if isinstance(deep, list) and deep:
            return [str(step) for step in cast("Sequence[Any]", deep)]
        path: object = given.get("KeyPath")
        return path.split(".") if isinstance(path, str) and path else None

    def _parts(self, items: object, event: str) -> list[str]:
        if not isinstance(items, list):
            raise self._error("expected a list of expressions")
        parts: list[str] = []
        for item in cast("list[object]", items):
            if not isinstance(item, dict):
                raise self._error(f"expected an expression, found {item!r}")
            parts.append(self._one(cast("dict[str, Any]", item), event))
        return parts

    def _one(self, given: dict[str, Any], event: str) -> str:
        self._depth += 1
        if self._depth > 500:
            raise self._error("too many expressions")
        if "MatchFilters" in given:
            return f"({self.all_of(given['MatchFilters'], event)})"
        combinators = [name for name in given if name in _COMBINATORS]
        if combinators:
            parts = [self._combined(_COMBINATORS[name], self._parts(given[name], event)) for name in combinators]
            return " and ".join(parts)
        name = given.get("Condition")
        if name in ("AlwaysTrue", "AlwaysFalse"):
            return str(name == "AlwaysTrue")
        if not isinstance(name, str):
            raise self._error("an expression needs a Condition")
        if name in _LIST_CONDITIONS:
            return self._list(name, given, event)
        found = find_condition(name)
        if found is None:
            raise self._error(f"there is no condition {name!r}")
        condition, negated = found
        self.helpers |= dict.fromkeys(condition.helpers)
        value = "item" if event == "item" and not self._has_key(given) else self.key(given, event)
        expression = condition.expression.format(v=value, a=self._argument(condition, name, given, event))
        return f"not ({expression})" if negated else expression

    @staticmethod
    def _has_key(given: dict[str, Any]) -> bool:
        return any(name in given for name in ("Key", "KeyPath", "DeepKey", "Enrichment"))

    @staticmethod
    def _combined(how: str, parts: list[str]) -> str:
        bracketed = [f"({part})" for part in parts]
        if how == "all":
            return f"({' and '.join(bracketed) or 'True'})"
        either = f"({' or '.join(bracketed) or 'False'})"
        if how == "any":
            return either
        return f"(not {either})" if how == "none" else f"(sum(map(bool, [{', '.join(bracketed)}])) == 1)"

    def _list(self, name: str, given: dict[str, Any], event: str) -> str:
        """Compile a condition on the elements of a list; inside, an expression without a key means the element."""
        listed: object = given.get("ListComprehension", given)
        inside = cast("dict[str, Any]", listed).get("Expressions") if isinstance(listed, dict) else listed
        inner = self.all_of(inside or [], "item")
        items = f"({inner}) for item in ({self.key(given, event)} or [])"
        return f"({_LIST_CONDITIONS[name].format(items=items)})"

    def _argument(self, condition: Condition, name: str, given: dict[str, Any], event: str) -> str:
        """Return the value or values that a condition compares with, as Python writes them."""
        if condition.takes == "none":
            return ""
        raw: object = given.get("Values", [given["Value"]] if "Value" in given else None)
        values: list[Any] = list(cast("Sequence[Any]", raw)) if isinstance(raw, list) else [raw]
        if raw is None or not values:
            raise self._error(f"{name} needs Values")
        if condition.takes in ("text", "texts", "regex", "cidrs") and not all(isinstance(v, str) for v in values):
            raise self._error(f"{name} needs texts as its Values")
        if condition.takes == "cidrs":
            self._check_blocks(values)
        if condition.takes == "regex":
            self._check_pattern(values[0])
        if condition.takes in ("many", "texts", "cidrs"):
            return repr(values)
        if len(values) > 1:
            raise self._error(f"{name} takes one value, found {len(values)}")
        other: object = values[0]
        if isinstance(other, dict):
            # A field of the same event.
            return self.key(cast("dict[str, Any]", other), event)
        return repr(other)

    def _check_blocks(self, blocks: list[str]) -> None:
        for block in blocks:
            try:
                ipaddress.ip_network(block, strict=False)
            except ValueError:
                raise self._error(f"{block!r} is not a CIDR block") from None

    def _check_pattern(self, pattern: str) -> None:
        try:
            re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise self._error(f"{pattern!r} is not a regular expression: {error}") from None

    def _error(self, message: str) -> InvalidInputError:
        return InvalidInputError(f"{self._what}: {message}")

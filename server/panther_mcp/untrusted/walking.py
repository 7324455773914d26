"""Walk through a result: texts below untrusted paths sanitised, credentials marked, suspicions noted."""

import re
from dataclasses import dataclass
from operator import is_
from typing import Any, Final, cast

from panther_mcp.untrusted.credentials import LONG_RUN, LONG_RUN_LENGTH
from panther_mcp.untrusted.labels import ITEMS, Below
from panther_mcp.untrusted.matching import matcher
from panther_mcp.untrusted.redacting import Redactor, signs
from panther_mcp.untrusted.sanitising import CHANGES, HARM, LONGEST, LONGEST_NAME, shortened, visible
from panther_mcp.untrusted.secret_names import promise
from panther_mcp.untrusted.suspicions import Suspicions

_NUMBERS: Final = frozenset((bool, int, float))
# A trusted text that is shorter holds no credential.
_SHORTEST: Final = 12
_MOST_NAMES: Final = 20_000
_DEEPEST: Final = 100
_TOO_DEEP: Final = "…[nested deeper]"
# What a name must be to stand in a path that is told outside the fence.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_$@.:-]{1,48}")
# Hashes are everywhere in logs, and as long as keys.
_HASH: Final = re.compile(r"[0-9a-f]{40,128}")
# A cut must not leave the first half of a secret, so that what is looked at is more than what is kept.
_READ: Final = LONGEST * 2
# How lists of headers, parameters and the like spell a name and its value.
_NAME_OF: Final = {"value": "name", "Value": "Name"}


@dataclass(frozen=True)
class Suspicion:
    """What a text at `path` does, and why that is odd."""

    path: str
    kind: str
    reason: str


class _Name:
    """A name in untrusted content: as it is told, as a step of a path, what is odd about it, and whether nothing is."""

    __slots__ = ("kinds", "ordinary", "step", "told")

    def __init__(self, told: str, kinds: dict[str, str], *, ordinary: bool) -> None:
        self.told, self.kinds, self.ordinary = told, kinds, ordinary
        self.step = f".{told}" if not kinds and _PLAIN.fullmatch(told) else ".*"


class _Walk:
    """What one walk has met: suspicions, and texts that need no second look."""

    __slots__ = ("clean", "noted")

    def __init__(self) -> None:
        self.noted: list[Suspicion] = []
        self.clean: set[str] = set()


class Walker:
    """Takes results apart; what it knows about names it keeps. `redactor` is None where credentials are to stay."""

    def __init__(self, suspicions: Suspicions, redactor: Redactor | None) -> None:
        self._suspicions = suspicions
        self._redactor = redactor
        self._odd = matcher((*CHANGES, *signs(), *suspicions.signs()))
        self._changes = matcher(CHANGES)
        self._harm = matcher(HARM)
        self._secret = matcher(signs())
        self._long_run = matcher([LONG_RUN])
        self._names: dict[str, _Name] = {}

    def walk(self, value: Any, labels: Below) -> tuple[Any, list[Suspicion]]:
        """Return `value`, any JSON, as it may be told, and what raised suspicion. What need not change is shared."""
        walk = _Walk()
        return self._value(value, labels, (), walk), walk.noted

    def _value(self, value: object, labels: Below, at: tuple[str, ...], walk: _Walk) -> Any:
        if len(at) > _DEEPEST:
            return _TOO_DEEP
        if not labels.untrusted and not labels.below:
            return self._trusted(value, len(at))
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            if labels.untrusted:
                return self._object(fields, labels, at, walk)
            changed: dict[str, object] = {}
            for name, item in fields.items():
                if item is None or type(item) in _NUMBERS:
                    continue
                below = labels.at(name)
                if below.untrusted or below.below:
                    new = self._value(item, below, (*at, f".{name}"), walk)
                else:
                    new = self._trusted(item, len(at) + 1)
                if new is not item:
                    changed[name] = new
            return {**fields, **changed} if changed else fields
        if isinstance(value, list):
            items = cast("list[object]", value)
            below = labels.at(ITEMS)
            return [self._value(item, below, (*at, f"[{index}]"), walk) for index, item in enumerate(items)]
        if isinstance(value, str):
            return self._text(value, "", at, walk) if labels.untrusted else self._trusted_text(value)
        return value

    def _object(self, fields: dict[str, object], labels: Below, at: tuple[str, ...], walk: _Walk) -> dict[str, object]:
        """Return an object of untrusted content. This is the hot path: 20,000 values of a page come through here."""
        if len(at) > _DEEPEST:
            return {_TOO_DEEP: len(fields)}
        names, clean = self._names, walk.clean
        promised = _promised_value(fields) if "value" in fields or "Value" in fields else None
        changed: dict[str, object] | None = None
        renamed = False
        for name, value in fields.items():
            known = names.get(name) or self._name(name)
            if type(value) is str:
                if known.ordinary and name != promised and (value in clean or self._is_clean(value, clean)):
                    continue
                stands_under = str(fields[_NAME_OF[name]]) if name == promised else name
                new: object = self._text(value, stands_under, (*at, known.step), walk)
            elif type(value) is list:
                new = self._list(cast("list[object]", value), name, (*at, known.step), labels, walk)
            elif type(value) is dict:
                new = self._object(cast("dict[str, object]", value), labels, (*at, known.step), walk)
            else:
                new = value
            if not known.ordinary:
                renamed = renamed or known.told != name
                walk.noted += _suspicions((*at, ".*"), known.kinds)
            if new is not value:
                changed = dict(fields) if changed is None else changed
                changed[name] = new
        found = fields if changed is None else changed
        return self._renamed(found) if renamed else found

    def _list(self, items: list[object], name: str, at: tuple[str, ...], labels: Below, walk: _Walk) -> list[object]:
        """Return a list of untrusted content: texts in it are what `name` promises."""
        ordinary = self._name(name).ordinary
        clean = walk.clean
        told: list[object] = []
        for index, item in enumerate(items):
            if not isinstance(item, str):
                told.append(self._value(item, labels, (*at, f"[{index}]"), walk))
            elif ordinary and (item in clean or self._is_clean(item, clean)):
                told.append(item)
            else:
                told.append(self._text(item, name, (*at, f"[{index}]"), walk))
        return items if all(map(is_, told, items)) else told

    def _is_clean(self, value: str, clean: set[str]) -> bool:
        """Say whether a text needs no closer look, and remember it."""
        size = len(value)
        if (
            size <= LONGEST
            and value.isascii()
            and not self._odd(value)
            and (size < LONG_RUN_LENGTH or not self._long_run(value) or _HASH.fullmatch(value))
        ):
            clean.add(value)
            return True
        return False

    def _renamed(self, fields: dict[str, object]) -> dict[str, object]:
        """Return `fields` under the names that are told, none of which hides another."""
        out: dict[str, object] = {}
        for name, value in fields.items():
            told = self._name(name).told
            free, number = told, 2
            while free in out or (free != name and free in fields):
                free, number = f"{told}~{number}", number + 1
            out[free] = value
        return out

    def _text(self, value: str, name: str, at: tuple[str, ...], walk: _Walk) -> str:
        """Return an untrusted text, which stands under `name`."""
        raw = value[:_READ]
        seen = raw if raw.isascii() and not self._changes(raw) else visible(raw)
        told = seen
        if self._redactor is not None:
            told = self._redactor.value(name, seen) if promise(name) else self._redactor.text(seen)
        if kinds := self._suspicions.of(raw, seen):
            walk.noted += _suspicions(at, kinds)
        return shortened(told, LONGEST, len(value) - len(raw))

    def _trusted(self, value: object, depth: int) -> object:
        """Return any JSON of which no part is untrusted, `depth` steps down in the result."""
        if isinstance(value, str):
            return self._trusted_text(value)
        if depth > _DEEPEST:
            return _TOO_DEEP
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            told = {name: self._trusted(item, depth + 1) for name, item in fields.items()}
            return told if any(told[name] is not fields[name] for name in fields) else fields
        if isinstance(value, list):
            items = cast("list[object]", value)
            kept = [self._trusted(item, depth + 1) for item in items]
            return items if all(map(is_, kept, items)) else kept
        return value

    def _trusted_text(self, value: str) -> str:
        """Return a text that nobody outside can shape: what cannot be seen goes all the same, and credentials."""
        if self._harm(value):
            value = visible(value)
        if self._redactor is None or len(value) < _SHORTEST:
            return value
        if self._secret(value) or (len(value) >= LONG_RUN_LENGTH and self._long_run(value)):
            return self._redactor.text(value)
        return value

    def _name(self, name: str) -> _Name:
        known = self._names.get(name)
        if known is None:
            told = visible(name[:_READ]).replace("\n", " ").replace("\t", " ")
            if self._redactor is not None:
                # Before it is cut: no half of a secret may be left over.
                told = self._redactor.text(told)
            told = shortened(told, LONGEST_NAME, len(name[_READ:]))
            # The words of an order may be joined: ignore_all_previous_instructions.
            kinds = self._suspicions.of(name, told)
            ordinary = told == name and not kinds and (promise(name) is None or self._redactor is None)
            known = _Name(told, kinds, ordinary=ordinary)
            if len(self._names) >= _MOST_NAMES:
                self._names.clear()
            self._names[name] = known
        return known


def _promised_value(fields: dict[str, object]) -> str | None:
    """Return the field whose value another field gives a name that promises a secret."""
    for value, name in _NAME_OF.items():
        given = fields.get(name)
        if value in fields and isinstance(given, str) and promise(given):
            return value
    return None


def _suspicions(at: tuple[str, ...], kinds: dict[str, str]) -> list[Suspicion]:
    path = "".join(at).removeprefix(".")
    return [Suspicion(path, kind, reason) for kind, reason in kinds.items()]

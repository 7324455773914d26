"""Long texts that some rows repeat, such as user agents: they are told once, and a short mark stands for them."""

from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any, Final, cast

_SHORTEST: Final = 30
# How many characters a mark must save, with what it costs itself: less is not worth a look elsewhere.
_LEAST_SAVED: Final = 80
_COST: Final = 6
# So many can be kept in mind while reading.
_MOST: Final = 9
_SIGN: Final = "#"
_MOST_SIGNS: Final = 2


def marked(rows: list[Any]) -> tuple[dict[str, str], list[Any]]:
    """Return the texts that `rows`, any JSON, repeat, by their marks (#1, #2, ...), and the rows with these."""
    texts = _texts(rows)
    long = [text for text in texts if len(text) >= _SHORTEST]
    if len(set(long)) == len(long):
        return {}, rows
    counts = Counter(long)
    saved = {text: (count - 1) * (len(text) - _COST) - _COST for text, count in counts.items() if count > 1}
    chosen = sorted((text for text in saved if saved[text] >= _LEAST_SAVED), key=lambda text: -saved[text])[:_MOST]
    if not chosen:
        return {}, rows
    # No text of the rows may pass for a mark.
    signs = max(len(text) - len(text.lstrip(_SIGN)) for text in texts)
    if signs > _MOST_SIGNS:
        return {}, rows
    marks = {
        text: f"{_SIGN * (signs + 1)}{number}"
        for number, text in enumerate((text for text in counts if text in chosen), 1)
    }
    return {mark: text for text, mark in marks.items()}, cast("list[Any]", _replaced(rows, marks))


def unmarked(rows: list[Any], repeated: Mapping[str, str]) -> list[Any]:
    """Return `rows` with the texts for their marks."""
    return cast("list[Any]", _replaced(rows, repeated)) if repeated else rows


def _texts(rows: list[Any]) -> list[str]:
    """Return the texts in `rows`, in their order but for those in deeper values, which come last."""
    texts: list[str] = []
    lists: list[list[Any]] = [rows]
    objects: list[dict[str, Any]] = []
    while lists or objects:
        # One level at a time: there are many values, and few levels.
        level: list[Any] = [*chain.from_iterable(lists), *chain.from_iterable(one.values() for one in objects)]
        found = [value for value in level if type(value) is str]
        texts += found
        deeper = level if len(found) < len(level) else ()
        lists = [value for value in deeper if type(value) is list]
        objects = [value for value in deeper if type(value) is dict]
    return texts


def _replaced(value: object, texts: Mapping[str, str]) -> object:
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, list):
        items = cast("list[object]", value)
        return [texts.get(item, item) if isinstance(item, str) else _replaced(item, texts) for item in items]
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        return {name: _replaced(item, texts) for name, item in fields.items()}
    return value

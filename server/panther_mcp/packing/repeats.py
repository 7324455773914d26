"""Long texts that some rows repeat, such as user agents: they are told once, and a short mark stands for them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, cast

_SHORTEST: Final = 24
# How many characters a mark must save, with what it costs itself: less is not worth a look elsewhere.
_LEAST_SAVED: Final = 60
_COST: Final = 6
# So many can be kept in mind while reading.
_MOST: Final = 9
_SIGN: Final = "#"
_MOST_SIGNS: Final = 2


def marked(rows: list[Any]) -> tuple[dict[str, str], list[Any]]:
    """Return the texts that `rows`, any JSON, repeat, by their marks (#1, #2, ...), and the rows with these."""
    texts: list[str] = []
    _gather(rows, texts)
    counts = Counter([text for text in texts if len(text) >= _SHORTEST])
    saved = {text: (count - 1) * (len(text) - _COST) - _COST for text, count in counts.items() if count > 1}
    chosen = sorted((text for text in saved if saved[text] >= _LEAST_SAVED), key=lambda text: -saved[text])[:_MOST]
    if not chosen:
        return {}, rows
    # No text of the rows may pass for a mark.
    signs = max(len(text) - len(text.lstrip(_SIGN)) for text in texts)
    if signs > _MOST_SIGNS:
        return {}, rows
    marks = {text: f"{_SIGN * (signs + 1)}{number}" for number, text in enumerate((text for text in counts if text in chosen), 1)}
    return {mark: text for text, mark in marks.items()}, _replaced(rows, marks)


def unmarked(rows: list[Any], repeated: Mapping[str, str]) -> list[Any]:
    """Return `rows` with the texts for their marks."""
    return _replaced(rows, repeated) if repeated else rows


def _gather(value: list[Any] | dict[str, Any], found: list[str]) -> None:
    """Add the texts in `value` to `found`, in their order."""
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if kind is str:
            found.append(item)
        elif kind is list or kind is dict:
            _gather(item, found)


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: texts.get(v, v) if type(v) is str else _replaced(v, texts) for name, v in fields.items()}
    if isinstance(value, list):
        return [texts.get(v, v) if type(v) is str else _replaced(v, texts) for v in cast("list[Any]", value)]
    return value

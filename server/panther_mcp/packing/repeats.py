"""Long texts that some rows repeat, such as user agents: they are told once, and a short mark stands for them."""

from collections import Counter
from collections.abc import Iterator, Mapping
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
    counts = Counter(text for text in _texts(rows) if len(text) >= _SHORTEST)
    saved = {text: (count - 1) * (len(text) - _COST) - _COST for text, count in counts.items() if count > 1}
    chosen = sorted((text for text in saved if saved[text] >= _LEAST_SAVED), key=lambda text: -saved[text])[:_MOST]
    if not chosen:
        return {}, rows
    # No text of the rows may pass for a mark.
    signs = max(len(text) - len(text.lstrip(_SIGN)) for text in _texts(rows))
    if signs > _MOST_SIGNS:
        return {}, rows
    marks = {text: f"{_SIGN * (signs + 1)}{number}" for number, text in enumerate((text for text in counts if text in chosen), 1)}
    return {mark: text for text, mark in marks.items()}, _replaced(rows, marks)


def unmarked(rows: list[Any], repeated: Mapping[str, str]) -> list[Any]:
    """Return `rows` with the texts for their marks."""
    return _replaced(rows, repeated) if repeated else rows


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in `value`, in their order."""
    kind = type(value)
    if kind is str:
        yield value
        return
    for item in value.values() if kind is dict else cast("list[Any]", value):
        kind = type(item)
        if kind is str:
            yield item
        elif kind is dict or kind is list:
            yield from _texts(item)


def _replaced(value: Any, texts: Mapping[str, str]) -> Any:
    kind = type(value)
    if kind is str:
        return texts.get(value, value)
    if kind is list:
        return [_replaced(item, texts) for item in value]
    if kind is dict:
        return {name: _replaced(item, texts) for name, item in value.items()}
    return value

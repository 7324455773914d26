"""Reads answers whose values have another form than described: what does not fit is left out and told, not the rest."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

_M = TypeVar("_M", bound=BaseModel)
# What is left out can make what is around it fit no more; each round takes away one layer at least.
_ROUNDS = 10


def read(model: type[_M], data: Any, odd: list[str]) -> _M:
    """Return `data` as a `model`, without the values that do not fit; their places are added to `odd`.

    A place is written as `results[].createdBy.id`. `data` is changed where something does not fit. Raises
    `ValidationError` where no part fits.
    """
    for _ in range(_ROUNDS):
        try:
            return model.model_validate(data)
        except ValidationError as error:
            places = [detail["loc"] for detail in error.errors(include_input=False, include_url=False)]
            # From the end, so that the places of the items before stay what they are.
            taken = [_without(data, place) for place in sorted(places, key=_order, reverse=True)]
            if not any(taken):
                raise
            odd.extend(place for place in dict.fromkeys(reversed(taken)) if place and place not in odd)
    return model.model_validate(data)


def _order(place: Sequence[int | str]) -> list[tuple[bool, int, str]]:
    return [(isinstance(part, str), part if isinstance(part, int) else 0, str(part)) for part in place]


def _without(data: Any, place: Sequence[int | str]) -> str:
    """Take away the value at `place`, and return where that was; empty where there is no such value."""
    holder: Any = None
    key: int | str = ""
    value, path = data, ""
    for part in place:
        # Other parts of a place are no keys: the names of a union's members.
        if not _holds(value, part):
            continue
        below = f".{part}" if path else str(part)
        path += "[]" if isinstance(part, int) else below
        holder, key = value, part
        value = holder[key]
    if holder is None:
        return ""
    del holder[key]
    return path


def _holds(holder: Any, key: int | str) -> bool:
    if isinstance(holder, dict):
        return key in holder
    return isinstance(holder, list) and isinstance(key, int) and key < len(cast("Sequence[object]", holder))

"""Read on over pages while filtering, so that a page of ours is full as long as there is more.

The APIs lack some filters. Applied to one page of theirs, such a filter would leave holes; here, pages are read
until enough has passed it, and the cursor remembers where within a page that was.
"""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from pydantic_core import from_json

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import JsonObject

# More pages than this in one call means that the filter matches next to nothing.
_MOST_PAGES = 20
_LARGEST_PAGE = 1000

# Takes a position, returns the items of its page and the cursor of the next one.
FetchPage = Callable[["Position"], Awaitable[tuple[list[JsonObject], str | None]]]


@dataclass(frozen=True)
class Position:
    """Where a page of ours ended: in which list, and after which item of which page of it (`cursor`, `size`)."""

    source: str
    cursor: str | None
    size: int
    skip: int = 0

    def encode(self) -> str:
        """Return the position as the cursor that a client passes back."""
        text = json.dumps([self.source, self.cursor, self.size, self.skip], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()

    @classmethod
    def decode(cls, text: str) -> "Position":
        """Return the position in `text`. Raises `InvalidInput` when it is not one of ours."""
        try:
            # Not the json module: a deeply nested text exhausts its stack.
            source, cursor, size, skip = from_json(base64.urlsafe_b64decode(text))
        except (binascii.Error, ValueError, TypeError) as error:
            raise foreign_cursor() from error
        if (
            isinstance(source, str)
            and isinstance(cursor, str | None)
            and isinstance(size, int)
            and isinstance(skip, int)
            and 1 <= size <= _LARGEST_PAGE
            and skip >= 0
        ):
            return cls(source, cursor, size, skip)
        raise foreign_cursor()


class Reading:
    """Collects up to `limit` items that `keep` lets through, over any number of lists; `found` holds them."""

    def __init__(self, limit: int, keep: Callable[[JsonObject], bool]) -> None:
        self._limit, self._keep = limit, keep
        self._pages = 0
        self.found: list[JsonObject] = []

    @property
    def full(self) -> bool:
        """Whether nothing more is to be read in this call."""
        return len(self.found) >= self._limit or self._pages >= _MOST_PAGES

    async def read(self, fetch: FetchPage, position: Position) -> Position | None:
        """Read a list from `position` on; return where to go on, or None at its end."""
        while not self.full:
            self._pages += 1
            items, following = await fetch(position)
            for index, item in enumerate(items[position.skip :], position.skip):
                if len(self.found) >= self._limit:
                    return replace(position, skip=index)
                if self._keep(item):
                    self.found.append(item)
            if following is None:
                return None
            position = Position(position.source, following, position.size)
        return position


def our_page(name: str, reading: Reading, following: Position | None) -> JsonObject:
    """Return what was read as the field `name`, with `next_cursor` where there is more."""
    result: JsonObject = {name: reading.found}
    if following is not None:
        result["next_cursor"] = following.encode()
    return result


def foreign_cursor() -> InvalidInput:
    """Return the error for a cursor that is not of the list that it is used with."""
    return InvalidInput(
        "This cursor does not belong to this list.",
        hint="Pass next_cursor as it came, with the same arguments; or leave it out for the first page.",
    )


def start(cursor: str | None, source: str, size: int) -> Position:
    """Return where to begin in the one list `source`: at `cursor`, or at its first page of `size` items."""
    if cursor is None:
        return Position(source, None, size)
    position = Position.decode(cursor)
    if position.source != source:
        raise foreign_cursor()
    return position

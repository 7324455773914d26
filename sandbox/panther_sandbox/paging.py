"""Opaque cursors: where the next page of a list starts."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from panther_sandbox.errors import InvalidInputError

T = TypeVar("T")
# No list is longer; the store could not read a position that needs more than 64 bits.
_MOST_ITEMS = 2**62


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` is None on the last one."""

    items: Sequence[T]
    next_cursor: str | None
    cursor: str | None


def encode_cursor(listing: str, offset: int) -> str:
    """Make the cursor of the page of `listing` that starts at `offset`."""
    return base64.urlsafe_b64encode(f"{listing}:{offset}".encode()).decode()


def decode_cursor(listing: str, cursor: str | None) -> int:
    """Return the offset in a cursor; None or an empty one means the first page. A foreign one is refused."""
    if not cursor:
        return 0
    try:
        name, _, offset = base64.urlsafe_b64decode(cursor.encode()).decode().rpartition(":")
        position = int(offset)
    except ValueError:
        raise InvalidInputError("invalid cursor") from None
    if name != listing or not 0 <= position < _MOST_ITEMS:
        raise InvalidInputError("invalid cursor")
    return position


def page_size(asked: int | None, *, default: int, most: int) -> int:
    """Return how many items a page holds; more than `most` is cut, less than one is refused."""
    if asked is None:
        return default
    if asked < 1:
        raise InvalidInputError(f"page size must be between 1 and {most}")
    return min(asked, most)


def slice_page(listing: str, items: Sequence[T], cursor: str | None, size: int) -> Page[T]:
    """Cut one page out of a whole list."""
    offset = decode_cursor(listing, cursor)
    return page_at(listing, items[offset : offset + size + 1], offset, size)


def page_at(listing: str, window: Sequence[T], offset: int, size: int) -> Page[T]:
    """Make a page from a window that was read with one item too many, which tells that more follow."""
    more = len(window) > size
    return Page(
        items=window[:size],
        next_cursor=encode_cursor(listing, offset + size) if more else None,
        cursor=encode_cursor(listing, offset) if offset else None,
    )

"""How much of the lake a session may scan, in bytes, and what a query will cost by what its tables have cost."""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final, Literal

from panther_mcp.sql_guard.rules import blocked

Mode = Literal["off", "warn", "enforce"]

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,3})?)\s*([kmgtp]?)(i?)b?", re.IGNORECASE)
_POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_MOST_TABLES = 1_000


def bytes_of(text: str) -> int:
    """Return the bytes in `50GB`, `1.5 TiB` or `1000000`. Raises `ValueError` for anything else, and for none."""
    found = _SIZE.fullmatch(text.strip())
    size = float(found[1]) * (1_024 if found[3] else 1_000) ** _POWERS[found[2].lower()] if found else 0
    if size < 1:
        raise ValueError(f"{text!r} is no size. Use a number of bytes with a unit, such as 50GB.")
    return int(size)


def size_of(count: float) -> str:
    """Return a number of bytes for people: `1.5 GB`."""
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if count < 1_000:
            return f"{count:.3g} {unit}"
        count /= 1_000
    return f"{count:,.0f} PB"


class ScanCosts:
    """What queries have scanned, by the tables that they read: shared by all sessions of a server."""

    def __init__(self) -> None:
        self._by_query: dict[frozenset[str], int] = {}
        self._by_table: dict[str, int] = {}

    def record(self, tables: Iterable[str], count: int) -> None:
        """Note that a query of `tables` has scanned `count` bytes."""
        read = frozenset(tables)
        if not read or len(self._by_table) + len(self._by_query) > _MOST_TABLES:
            return
        self._by_query[read] = max(count, self._by_query.get(read, 0))
        # Which table took how much is not told: each is given its share.
        for table in read:
            self._by_table[table] = max(count // len(read), self._by_table.get(table, 0))

    def estimate(self, tables: Iterable[str]) -> int | None:
        """Return how many bytes a query of `tables` will scan; None where none of them has been read before.

        That is the most that a query of just these has scanned, else the sum of what each has taken.
        """
        read = frozenset(tables)
        known = self._by_query.get(read)
        if known is not None:
            return known
        each = [self._by_table[table] for table in read if table in self._by_table]
        return sum(each) if each else None


class ScanBudget:
    """The bytes that one session may scan: `most` is the budget, None for none, and `scanned` what is spent of it.

    `mode` says what happens to a query that would exceed it.
    """

    def __init__(self, most: int | None = None, mode: Mode = "enforce") -> None:
        self.most = most
        self.mode: Mode = mode
        self.scanned = 0
        # Of the queries that run now: those that are started side by side must not each take what is left.
        self._expected = 0

    @property
    def left(self) -> int | None:
        """How many bytes are left, or None where there is no budget."""
        return None if self.most is None or self.mode == "off" else max(0, self.most - self.scanned)

    @contextmanager
    def reserved(self, expected: int) -> Generator[str | None]:
        """Count `expected` bytes as taken while a query runs; give a warning where they exceed the budget.

        Raises `BlockedByPolicy` instead where the budget is enforced.
        """
        warning = self._check(expected)
        self._expected += expected
        try:
            yield warning
        finally:
            self._expected -= expected

    def _check(self, expected: int) -> str | None:
        taken = self.scanned + self._expected
        if self.most is None or self.mode == "off" or (taken + expected <= self.most and taken < self.most):
            return None
        message = f"{size_of(self.scanned)} of this session's budget of {size_of(self.most)} are scanned"
        message += f", {size_of(self._expected)} more are expected of queries that run" if self._expected else ""
        message += f", and this query is expected to scan {size_of(expected)}." if expected else "."
        if self.mode == "warn":
            return message
        raise blocked(
            "scan_budget",
            message,
            "Ask the person who runs this server for a larger --max-bytes, or answer from what you have.",
            scanned=self.scanned,
            budget=self.most,
            expected=expected,
        )

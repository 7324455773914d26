"""Answers that hardly change, kept for a minute: which databases, tables and columns the data lake has.

No other answer is: what is read of an alert, a detection or a log type schema must be what it is now, above all before
it is changed.
"""

import time
from collections.abc import Callable
from typing import Final

from panther_mcp.wire import Answer

KEPT_OPERATIONS: Final = frozenset(("ListDatabases", "ListDatabaseTables", "GetTableSchema"))
_KEPT_SECONDS: Final = 60.0
_MOST: Final = 100
_LARGEST: Final = 1 << 20


class KeptAnswers:
    """The last answers to such operations, by the request's body."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[bytes, tuple[float, Answer]] = {}

    def to(self, operation: str, body: bytes) -> Answer | None:
        """Return the answer that is kept for a request, if there is one."""
        if operation not in KEPT_OPERATIONS:
            return None
        until, answer = self._kept.get(body, (0.0, None))
        return answer if until > self._clock() else None

    def keep(self, operation: str, body: bytes, answer: Answer) -> None:
        """Keep the answer to a request, a whole one, if its operation is of those that are kept."""
        if operation in KEPT_OPERATIONS and len(answer.body) <= _LARGEST:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[body] = (self._clock() + _KEPT_SECONDS, answer)

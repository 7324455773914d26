"""Closed, open or half open: the states of what stops sending for a while and tries again from time to time."""

import math
import time
from collections.abc import Callable

# Should the request that tries again hang, the next one may try after this many seconds.
_TRY_SECONDS = 10.0


class Circuit:
    """Open, it refuses for `first_wait` seconds; then one request may try. Each try that fails doubles the wait.

    The wait grows up to `longest_wait`. `clock` counts seconds, from anywhere.
    """

    def __init__(self, first_wait: float, longest_wait: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._first_wait, self._longest_wait, self._clock = first_wait, longest_wait, clock
        self._wait = first_wait
        self._next_try = -math.inf
        self._trying = False
        self.is_open = False

    def refusal(self) -> float | None:
        """Return the seconds until the next request may go, or None when one may go now."""
        if not self.is_open or (left := self._next_try - self._clock()) <= 0:
            return None
        return left

    def going(self) -> None:
        """Say that a request goes now. While the circuit is open, that is the try: others are refused meanwhile."""
        if self.is_open:
            self._next_try, self._trying = self._clock() + _TRY_SECONDS, True

    def open(self) -> None:
        """Refuse from now on; after a try that has failed, for twice as long as before."""
        if not self.is_open:
            self.is_open, self._wait = True, self._first_wait
        elif self._trying:
            self._wait = min(2 * self._wait, self._longest_wait)
        else:
            return  # a request from before it opened
        self._next_try, self._trying = self._clock() + self._wait, False

    def give_back(self) -> None:
        """Say that a request has ended and told nothing: if it was the try, the next one may try."""
        if self._trying:
            self._next_try, self._trying = -math.inf, False

    def close(self) -> None:
        """Let everything go."""
        self.is_open = self._trying = False

"""While an origin is down, requests to it are answered at once, and one is let through from time to time."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from panther_mcp.errors import Unavailable
from panther_mcp.resilience.circuit import Circuit
from panther_mcp.resilience.failures import Sign

_log = logging.getLogger(__name__)
Origin = tuple[str, str, int]
_WEIGHTS = {Sign.ILL: 1, Sign.UNREACHABLE: 3}


@dataclass(frozen=True, slots=True)
class OutageRule:
    """When failures in a row are an outage, and how long nothing is sent then; times are in seconds.

    A connection that cannot be made counts three, any other failure that looks like an outage one. An outage begins
    at `points`, when the row has lasted for `span`, so that a restart is bridged by repeating. Where only answers
    failed, it takes those of two operations: a single one that fails is its own affair.
    """

    points: int = 6
    span: float = 1.5
    first_wait: float = 2.0
    longest_wait: float = 60.0


@dataclass(slots=True)
class _Row:
    """Failures in a row."""

    began: float
    began_at: datetime
    points: int = 0
    unreachable: int = 0
    reason: str = ""
    hint: str = ""
    operations: set[str] = field(default_factory=set[str])


class Breaker:
    """Stands before one origin. Every request calls `check`, `going` and then one of `saw` and `forget`."""

    def __init__(self, place: str, rule: OutageRule, clock: Callable[[], float] = time.monotonic) -> None:
        self._place, self._rule, self._clock = place, rule, clock
        self._circuit = Circuit(rule.first_wait, rule.longest_wait, clock)
        self._row: _Row | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is an outage."""
        return self._circuit.is_open

    def check(self) -> None:
        """Raise `Unavailable` while there is an outage and no request may try."""
        left = self._circuit.refusal()
        if left is None or self._row is None:
            return
        wait = max(1, math.ceil(left))
        since = f"{self._row.began_at:%H:%M:%S} UTC"
        raise Unavailable(
            f"{self._place} has not answered since {since}, so nothing was sent. The last try: {self._row.reason}",
            hint=f"It is tried again by the first call after {wait} s. {self._row.hint}".strip(),
            retryable=True,
            details={"retry_after_seconds": wait},
        )

    def going(self) -> None:
        """Say that a request is sent."""
        self._circuit.going()

    def saw(self, sign: Sign, operation: str, reason: str = "", hint: str = "") -> None:
        """Note what an attempt at `operation` told.

        Other sessions are shown `reason` and `hint`: they hold nothing of what was asked or answered.
        """
        if sign is Sign.NOTHING:
            self._circuit.give_back()
            return
        if sign is Sign.ANSWERS:
            if self._circuit.is_open:
                _log.info("%s answers again", self._place)
            self._row = None
            self._circuit.close()
            return
        row = self._row
        if row is None:
            row = self._row = _Row(self._clock(), datetime.now(UTC))
        row.reason, row.hint = reason, hint
        weight = _WEIGHTS[sign]
        row.points += weight
        row.unreachable += weight if sign is Sign.UNREACHABLE else 0
        if len(row.operations) < 2:
            row.operations.add(operation)
        if self._circuit.is_open:
            self._circuit.open()
        elif self._is_outage(row):
            _log.info("%s is taken to be down: %s", self._place, reason)
            self._circuit.open()

    def forget(self) -> None:
        """Say that an attempt was given up, and told nothing."""
        self._circuit.give_back()

    def _is_outage(self, row: _Row) -> bool:
        if self._clock() - row.began < self._rule.span or row.points < self._rule.points:
            return False
        return row.unreachable >= self._rule.points or len(row.operations) > 1


class Outages:
    """A breaker for each origin: that GraphQL is down says nothing about REST on another host."""

    def __init__(self, rule: OutageRule) -> None:
        self._rule = rule
        self._breakers: dict[Origin, Breaker] = {}

    def of(self, origin: Origin) -> Breaker:
        """Return the breaker of an origin."""
        breaker = self._breakers.get(origin)
        if breaker is None:
            breaker = self._breakers[origin] = Breaker(f"{origin[1]}:{origin[2]}", self._rule)
        return breaker

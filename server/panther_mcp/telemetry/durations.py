"""How long something took, many times: counted in a small fixed histogram, told as p50, p95 and max."""

from bisect import bisect_left
from typing import Final

# Upper bounds in milliseconds; what is longer than the last is told as the longest that there was.
BOUNDS_MS: Final = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000)


class Durations:
    """Counts durations. The memory that it takes does not grow."""

    def __init__(self) -> None:
        self.count = 0
        self._buckets = [0] * (len(BOUNDS_MS) + 1)
        self._longest_ms = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        milliseconds = seconds * 1_000
        self.count += 1
        self._buckets[bisect_left(BOUNDS_MS, milliseconds)] += 1
        self._longest_ms = max(self._longest_ms, milliseconds)

    def told(self) -> dict[str, int]:
        """Return p50, p95 and max in milliseconds; a percentile is the upper bound of the bucket that it falls into."""
        return {
            "p50_ms": self._percentile(0.50),
            "p95_ms": self._percentile(0.95),
            "max_ms": round(self._longest_ms),
        }

    def _percentile(self, share: float) -> int:
        wanted = share * self.count
        seen = 0
        for bound, count in zip(BOUNDS_MS, self._buckets, strict=False):
            seen += count
            if seen >= wanted:
                return min(bound, round(self._longest_ms))
        return round(self._longest_ms)

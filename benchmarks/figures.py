"""What a benchmark gives: figures of both servers, and which ratio is the goal."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Samples = Sequence[float]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `goal` bounds ours / theirs: from above, or from below where more is better."""

    name: str
    unit: str
    ours: float
    theirs: float | None
    goal: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours / theirs, None where there is nothing to compare with."""
        return self.ours / self.theirs if self.theirs else None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None or self.ratio is None:
            return None
        return self.ratio >= self.goal if self.more_is_better else self.ratio <= self.goal

    def as_json(self) -> dict[str, Any]:
        """Return it for the file of results."""
        return {**asdict(self), "ratio": self.ratio, "reached": self.reached}


@dataclass(frozen=True)
class Part:
    """A part of the benchmark: its title, its lines, and what was measured in detail, for the file of results."""

    title: str
    figures: list[Figure]
    samples: Mapping[str, Mapping[str, Samples]] = field(default_factory=dict[str, Mapping[str, Samples]])


def compare(
    name: str,
    unit: str,
    samples: Mapping[str, Samples],
    *,
    goal: float | None = None,
    more_is_better: bool = False,
    note: str = "",
) -> Figure:
    """Return the figure for `samples` of "ours" and "theirs": the medians."""
    ours, theirs = statistics.median(samples["ours"]), statistics.median(samples["theirs"])
    return Figure(name, unit, ours, theirs, goal, more_is_better, note)


def p95(values: Samples) -> float:
    """Return the value that 95 in 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]

"""How many alerts a rule's matches become: grouped by dedup string and period, counted against the threshold. Pure.

As Panther groups: a match opens a group with its dedup string; those that follow within the period join it; the
first one after it opens the next. A group becomes an alert once it has as many matches as the threshold says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Grouping:
    """The threshold of a rule and its dedup period."""

    threshold: int
    dedup_minutes: int


@dataclass(frozen=True)
class Match:
    """An event on which a rule fires; it stands for `weight` events of the window."""

    time: datetime
    dedup: str
    title: str | None
    weight: float
    index: int


@dataclass(frozen=True)
class DedupGroup:
    """The matches with one dedup string, in the order of time, and how many alerts they become."""

    dedup: str
    matches: Sequence[Match]
    periods: int
    alerts: int


@dataclass(frozen=True)
class Volume:
    """The alerts of the whole window: `at_least` those that the sample itself shows, `at_most` what it can mean."""

    groups: Sequence[DedupGroup]
    at_least: int
    at_most: int


def grouped(matches: Sequence[Match], grouping: Grouping) -> list[DedupGroup]:
    """Return the groups, that with most alerts first."""
    by_dedup: dict[str, list[Match]] = {}
    for match in sorted(matches, key=lambda one: one.time):
        by_dedup.setdefault(match.dedup, []).append(match)
    groups = [_group(dedup, found, grouping) for dedup, found in by_dedup.items()]
    return sorted(groups, key=lambda one: (-one.alerts, -len(one.matches), one.dedup))


def volume(matches: Sequence[Match], grouping: Grouping) -> Volume:
    """Return how many alerts to expect.

    Where each match stands for itself, both bounds are the exact number. In a sample, a group can only be smaller
    and rarer than in truth, so what it shows is the least. At most, the periods that matched are as much more as
    their events, and no alert has fewer events than the threshold.
    """
    groups = grouped(matches, grouping)
    seen = sum(group.alerts for group in groups)
    if all(match.weight <= 1 for match in matches):
        return Volume(groups, seen, seen)
    firing = sum(match.weight for match in matches)
    scale = max(match.weight for match in matches)
    periods = sum(group.periods for group in groups) * scale
    return Volume(groups, seen, max(seen, round(min(periods, firing / grouping.threshold))))


def _group(dedup: str, matches: Sequence[Match], grouping: Grouping) -> DedupGroup:
    period = timedelta(minutes=grouping.dedup_minutes)
    periods = alerts = count = 0
    begun: datetime | None = None
    for match in matches:
        if begun is None or match.time - begun >= period:
            begun, count = match.time, 0
            periods += 1
        count += 1
        alerts += count == grouping.threshold
    return DedupGroup(dedup, matches, periods, alerts)

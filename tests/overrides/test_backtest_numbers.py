"""The arithmetic of a backtest: groups, thresholds, shares of a sample, requests that stay small."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic_core import to_json

from panther_overrides.workflows.common.alert_volume import Grouping, Match, volume
from panther_overrides.workflows.common.backtest_report import fitted
from panther_overrides.workflows.common.detection_runs import BATCH_BYTES, BATCH_EVENTS, batches
from panther_overrides.workflows.common.lake_sampling import quotas

START = datetime(2026, 1, 1, tzinfo=UTC)


def matches(*minutes, dedup="d", weight=1.0):
    return [Match(START + timedelta(minutes=at), dedup, "t", weight, index) for index, at in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "threshold", "period", "alerts"),
    [
        ((), 1, 60, 0),
        ((0,), 1, 60, 1),
        ((0,), 2, 60, 0),
        ((0, 59), 1, 60, 1),
        # From the first match on, not from the last: the knowledge base's own example.
        ((7, 36, 42, 66, 67, 72), 1, 60, 2),
        ((0, 59, 60, 119, 120), 2, 60, 2),
        ((0, 30, 59, 61), 4, 60, 0),
        ((0, 1, 2, 3, 4, 5), 3, 60, 1),
        ((120, 0), 1, 60, 2),
    ],
)
def test_alerts_of_one_dedup_string(minutes, threshold, period, alerts):
    found = volume(matches(*minutes), Grouping(threshold, period))
    assert (found.at_least, found.at_most) == (alerts, alerts)


def test_each_dedup_string_counts_for_itself():
    found = volume(matches(0, 1, dedup="a") + matches(0, 1, 90, dedup="b"), Grouping(2, 60))
    assert [(group.dedup, group.periods, group.alerts) for group in found.groups] == [("b", 2, 1), ("a", 1, 1)]


def test_a_sample_gives_bounds():
    found = volume(matches(0, 10, 200, weight=10.0), Grouping(1, 60))
    assert (found.at_least, found.at_most) == (2, 20)
    found = volume(matches(0, 10, 200, weight=10.0), Grouping(15, 60))
    assert (found.at_least, found.at_most) == (0, 2), "30 events make no more than two alerts of 15"


@pytest.mark.parametrize(
    ("counts", "most", "taken"),
    [
        ((), 100, []),
        ((0, 0), 100, [0, 0]),
        ((60, 40), 100, [60, 40]),
        ((1000,), 100, [100]),
        ((900, 100), 100, [71, 28]),
        ((10**9, 5), 100, [95, 5]),
        ((10**9, 0), 100, [100, 0]),
        ((10**9, *(1,) * 29), 10, [9, *(1,) * 29]),
    ],
)
def test_a_table_gets_its_share(counts, most, taken):
    found = quotas(counts, most)
    assert found == taken
    assert sum(found) <= most + len(counts)


def test_requests_are_small():
    events = [{"n": number, "text": "x" * size} for number, size in enumerate([10] * 120 + [BATCH_BYTES // 3] * 7)]
    events.insert(60, {"text": "x" * 1_000_001})
    sent = list(batches(events))
    assert [number for batch in sent for number in batch] == [n for n in range(len(events)) if n != 60]
    assert all(len(batch) <= BATCH_EVENTS for batch in sent)
    assert all(sum(map(len, batch.values())) <= BATCH_BYTES for batch in sent)


def test_a_result_is_cut_where_it_is_longest():
    result = {"fired": 3, "groups": [{"title": "x" * 500}] * 10, "examples": [{"title": "y"}] * 5}
    cut = fitted(result, 3_000)
    assert len(to_json({name: value for name, value in cut.items() if name != "shortened"})) <= 3_000
    assert (len(cut["groups"]), len(cut["examples"]), cut["shortened"]) == (5, 5, ["groups"])
    assert fitted(result, 30_000) == result

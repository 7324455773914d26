"""What calls take: one after the other, 32 at once, and beyond the API's own time."""

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.contest import SIDES, Contest
from benchmarks.figures import Figure, Part, Samples, compare, p95
from benchmarks.stdio import Call
from panther_client.graphql.operations import GET_ALERT_GQL, LIST_LOG_SOURCES_GQL

_AT_ONCE = 32
_SQL = "SELECT eventName FROM panther_logs.public.aws_cloudtrail WHERE p_occurs_since('30 d') LIMIT 1000"
_MANY, _FEW = 100, 5
# The incumbent returns Panther's page, which holds 25; ours would read on up to its limit.
_SOURCES: dict[str, dict[str, Any]] = {"ours": {"limit": 25}, "theirs": {}}
_LATENCY = 50
_ALERTS = 25


def calls(contest: Contest, rounds: int) -> Part:
    """Measure the latency of calls, one after the other, and the CPU time that they take."""
    took = _sides()
    spent = _sides()
    bare = _sides()
    bare_sources: list[float] = []
    for _ in range(rounds):
        bare_sources += _bare_sources(contest)
        for side in SIDES:
            bare["get_alert"][side] += _bare(contest, side)
            with contest.serving(side) as server:
                for name, (call, times) in measured(contest, side).items():
                    server.call(call)
                    server.timed(call, 2)  # the first ones import and connect
                    before = server.cpu()
                    each, _all = server.timed(call, times)
                    took[name][side] += [seconds * 1000 for seconds in each]
                    spent[name][side].append((server.cpu() - before) * 1000 / times)
    added = {
        side: [statistics.median(took["get_alert"][side]) - statistics.median(bare["get_alert"][side])]
        for side in SIDES
    }
    goals = {"page of 25 sources": 0.3, "data-lake query of 100 rows": 0.1}
    figures = [
        compare("`get_alert`: the bare request to the API", "ms", bare["get_alert"], note=_BARE),
        compare("`get_alert`: time added to it", "ms", added, goal=0.5),
        Figure("page of 25 sources: the bare request of ours to the API", "ms", statistics.median(bare_sources), None),
    ]
    for name, samples in took.items():
        figures.append(compare(f"{_shown(name)}: median", "ms", samples, goal=goals.get(name)))
        figures.append(compare(f"{_shown(name)}: 95 in 100 below", "ms", _only(samples, p95)))
        figures.append(compare(f"{_shown(name)}: CPU time a call", "ms", spent[name]))
    return Part("Calls, one after the other", figures, {**took, "bare get_alert": bare["get_alert"]})


def at_once(contest: Contest, rounds: int) -> Part:
    """Measure how many calls a second a server answers when 32 are under way."""
    rates, took = _sides(), _sides()
    for _ in range(rounds):
        for side in SIDES:
            with contest.serving(side) as server:
                for name, (call, times) in measured(contest, side).items():
                    server.timed(call, 3)
                    each, seconds = server.timed(call, max(3 * times, _AT_ONCE), _AT_ONCE)
                    rates[name][side].append(len(each) / seconds)
                    took[name][side] += [one * 1000 for one in each]
    figures = [
        compare(
            f"{_shown(name)}: calls a second",
            "1/s",
            samples,
            goal=2.5 if name == "get_alert" else None,
            more_is_better=True,
        )
        for name, samples in rates.items()
    ]
    figures += [compare(f"{_shown(name)}: 95 in 100 below", "ms", _only(took[name], p95)) for name in rates]
    return Part(f"Calls, {_AT_ONCE} at once", figures, rates)


def bulk(contest: Contest, rounds: int) -> Part:
    """Measure a change of 25 alerts with a comment on each, while each answer of the API takes 50 ms longer."""
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    statuses = ("TRIAGED", "OPEN")
    for number in range(rounds):
        for side in SIDES:
            arguments = {"alert_ids": _alert_ids(contest), "comment": "Looked at.", "status": statuses[number % 2]}
            with contest.serving(side) as server, contest.latency(_LATENCY):
                server.call(single_read(contest))
                begun = time.perf_counter()
                server.call(Call("bulk_update_alerts", arguments))
                took[side].append((time.perf_counter() - begun) * 1000)
    name = f"status and comments of {_ALERTS} alerts, {_LATENCY} ms a request"
    return Part("Changing many", [compare(name, "ms", took, goal=0.15)], {"bulk_update_alerts": took})


def single_read(contest: Contest) -> Call:
    """Return the call that reads one alert."""
    return Call("get_alert", {"alert_id": _alert_ids(contest)[0]})


def measured(contest: Contest, side: str) -> dict[str, tuple[Call, int]]:
    """Return what is measured: each call, and how often."""
    return {
        "get_alert": (single_read(contest), _MANY),
        "page of 25 alerts": (Call("list_alerts", {"page_size": _ALERTS}), _MANY // 2),
        "page of 25 sources": (Call("list_log_sources", _SOURCES[side]), _MANY // 2),
        "data-lake query of 100 rows": (_query(100), _MANY // 5 if side == "ours" else _FEW),
        "data-lake query of 999 rows": (_query(999), _MANY // 10 if side == "ours" else _FEW),
    }


def _query(rows: int) -> Call:
    return Call("query_data_lake", {"sql": _SQL, "max_rows": rows})


_BARE = "what each server asks of the API, sent by the benchmark itself: ours in GraphQL, the incumbent in REST"


def _bare(contest: Contest, side: str) -> list[float]:
    """Return the milliseconds that the API takes for what the server of `side` sends to read an alert."""
    api, alert_id = contest.api, _alert_ids(contest)[0]
    if side == "ours":
        return _times(lambda: api.graphql(GET_ALERT_GQL, {"id": alert_id}))
    return _times(lambda: api.send("GET", f"/alerts/{alert_id}"))


def _bare_sources(contest: Contest) -> list[float]:
    """Return the milliseconds that the API takes for what our server sends to read a page of log sources."""
    return _times(lambda: contest.api.graphql(LIST_LOG_SOURCES_GQL, {"input": {}, "full": False}))


def _times(send: Callable[[], object]) -> list[float]:
    took: list[float] = []
    for _ in range(_MANY + 3):
        begun = time.perf_counter()
        send()
        took.append((time.perf_counter() - begun) * 1000)
    return took[3:]


def _alert_ids(contest: Contest) -> list[str]:
    """Return the alerts that are read and changed: always the same ones of the sandbox."""
    if contest.api not in _known:
        _known[contest.api] = [one["id"] for one in contest.api.send("GET", f"/alerts?limit={_ALERTS}")["results"]]
    return _known[contest.api]


_known: dict[object, list[str]] = {}


def _sides() -> dict[str, dict[str, list[float]]]:
    return defaultdict(lambda: {side: list[float]() for side in SIDES})


def _only(samples: dict[str, list[float]], what: Callable[[Samples], float]) -> dict[str, list[float]]:
    return {side: [what(values)] for side, values in samples.items()}


def _shown(name: str) -> str:
    return f"`{name}`" if name.isidentifier() else name

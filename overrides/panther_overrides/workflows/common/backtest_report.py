"""What a backtest tells: counts of the sample and of the whole window, groups, examples, errors. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from pydantic_core import to_json

from panther_mcp.errors import bounded
from panther_mcp.runtime import JsonObject
from panther_overrides.workflows.common.alert_volume import Grouping, Match, Volume, volume
from panther_overrides.workflows.common.detection_runs import Outcome

# The largest result, in bytes of JSON; lists are cut to fit.
MOST_BYTES = 24_000
_TEXT, _FACT = 200, 100
_GROUPS, _EXAMPLES, _OF_A_GROUP, _ERRORS, _FACTS = 10, 5, 2, 5, 6
_DEFAULT_DEDUP = "(one for the whole rule)"
# The fields of an event that mostly say what it is about.
_TELLING = re.compile(r"(?i)name|type|action|user|actor|email|ip|address|result|outcome|status|error|repo")
_INDICATORS = ("p_any_ip_addresses", "p_any_usernames", "p_any_emails")
_SHORTENED = ("examples", "groups", "by_day", "errors")


@dataclass(frozen=True)
class Tried:
    """An event of the sample: it stands for `weight` events of the window."""

    event: JsonObject
    log_type: str
    weight: float

    @property
    def time(self) -> datetime:
        """When it happened, in UTC."""
        moment = datetime.fromisoformat(str(self.event["p_event_time"]))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def matches_of(tried: Sequence[Tried], outcomes: Sequence[Outcome | None]) -> list[Match]:
    """Return the events on which the rule fires, each with the string that Panther deduplicates by."""
    return [
        Match(one.time, _dedup(outcome), outcome.title, one.weight, index)
        for index, (one, outcome) in enumerate(zip(tried, outcomes, strict=True))
        if outcome is not None and outcome.fired
    ]


def report(
    tried: Sequence[Tried], outcomes: Sequence[Outcome | None], grouping: Grouping, days: float, *, exact: bool
) -> JsonObject:
    """Return how often, when and on what a rule fires, and the alerts to expect.

    `exact` says that the sample is the whole window, `days` how long that is.
    """
    matches = matches_of(tried, outcomes)
    expected = volume(matches, grouping)
    ran = [outcome for outcome in outcomes if outcome is not None]
    result: JsonObject = {"fired": len(matches)}
    if not exact:
        result["fired_estimated"] = round(sum(match.weight for match in matches))
    errored = sum(outcome.errored for outcome in ran)
    if errored:
        result["errored"] = errored
    result["alerts"] = _alerts(expected, grouping, days)
    severities = Counter(outcome.severity for outcome in ran if outcome.fired and outcome.severity)
    if severities:
        result["severities"] = {bounded(name, 20): count for name, count in severities.most_common(10)}
    result |= {
        "by_day": _by_day(matches, exact=exact),
        "groups": _groups(expected),
        "examples": _examples(expected, tried, outcomes),
        "errors": _errors(tried, outcomes),
    }
    return {name: value for name, value in result.items() if value != []}


def comparison(
    tried: Sequence[Tried],
    before: Sequence[Outcome | None],
    after: Sequence[Outcome | None],
    grouping: Grouping,
    days: float,
) -> JsonObject:
    """Return what fired before the change, and the events on which only one of the two fires."""
    old, new = matches_of(tried, before), matches_of(tried, after)
    was, is_now = {match.index: match for match in old}, {match.index: match for match in new}
    gone = [match for index, match in was.items() if index not in is_now]
    added = [match for index, match in is_now.items() if index not in was]
    result: JsonObject = {
        "fired_before": len(old),
        "alerts_before": _alerts(volume(old, grouping), grouping, days),
        "no_longer": len(gone),
        "newly": len(added),
        "examples_no_longer": [_brief(match, tried) for match in gone[:3]],
        "examples_newly": [_brief(match, tried) for match in added[:3]],
    }
    return {name: value for name, value in result.items() if value != []}


def fitted(result: JsonObject, most: int = MOST_BYTES) -> JsonObject:
    """Return `result` with its lists cut from their ends until it has at most `most` bytes."""
    result = dict(result)
    cut: set[str] = set()
    while len(to_json(result)) > most:
        lists = {name: cast("list[Any]", result[name]) for name in _SHORTENED if result.get(name)}
        if not lists:
            break
        longest = max(lists, key=lambda name: len(to_json(lists[name])))
        result[longest] = lists[longest][:-1]
        cut.add(longest)
    return result | ({"shortened": sorted(cut)} if cut else {})


def _dedup(outcome: Outcome) -> str:
    """Return the dedup string as Panther chooses it: the function's, else the title, else one for the rule."""
    if outcome.dedup is not None:
        return outcome.dedup or _DEFAULT_DEDUP
    if any(problem.function == "dedup" for problem in outcome.problems):
        return _DEFAULT_DEDUP
    return outcome.title or _DEFAULT_DEDUP


def _alerts(expected: Volume, grouping: Grouping, days: float) -> JsonObject:
    settings = {"threshold": grouping.threshold, "dedup_period_minutes": grouping.dedup_minutes}
    least, most = expected.at_least, expected.at_most
    if least == most:
        return {"in_window": least, "per_day": round(least / days, 2), **settings}
    bounds = {"at_least": least, "at_most": most}
    return bounds | {f"per_day_{name}": round(value / days, 2) for name, value in bounds.items()} | settings


def _by_day(matches: Iterable[Match], *, exact: bool) -> list[JsonObject]:
    fired: Counter[str] = Counter()
    weights: dict[str, float] = {}
    for match in matches:
        day = match.time.date().isoformat()
        fired[day] += 1
        weights[day] = weights.get(day, 0.0) + match.weight
    return [
        {"day": day, "fired": fired[day], **({} if exact else {"estimated": round(weights[day])})}
        for day in sorted(fired)
    ]


def _groups(expected: Volume) -> list[JsonObject]:
    return [
        _said(
            {
                "title": _short(group.matches[0].title),
                "dedup": None if group.dedup == group.matches[0].title else _short(group.dedup),
                "fired": len(group.matches),
                "alerts": group.alerts,
            }
        )
        for group in expected.groups[:_GROUPS]
    ]


def _examples(expected: Volume, tried: Sequence[Tried], outcomes: Sequence[Outcome | None]) -> list[JsonObject]:
    """Return a few matches: one of each group first, and no more than two of any."""
    chosen = [
        group.matches[number]
        for number in range(_OF_A_GROUP)
        for group in expected.groups[:_EXAMPLES]
        if number < len(group.matches)
    ]
    examples: list[JsonObject] = []
    for match in chosen[:_EXAMPLES]:
        outcome, one = outcomes[match.index], tried[match.index]
        severity = outcome.severity if outcome is not None else None
        dedup = None if match.dedup == match.title else _short(match.dedup)
        more = {"dedup": dedup, "severity": _short(severity), "log_type": one.log_type}
        examples.append(_brief(match, tried) | _said(more) | {"event": _facts(one.event)})
    return examples


def _brief(match: Match, tried: Sequence[Tried]) -> JsonObject:
    time = match.time.isoformat(timespec="seconds").replace("+00:00", "Z")
    row_id = tried[match.index].event.get("p_row_id")
    return _said({"time": time, "row_id": row_id, "title": _short(match.title)})


def _facts(event: JsonObject) -> JsonObject:
    plain = [
        name
        for name, value in event.items()
        if isinstance(value, str | int | float) and value != "" and not name.startswith("p_")
    ]
    plain.sort(key=lambda name: _TELLING.search(name) is None)
    facts: JsonObject = {name[:_FACT]: _fact(event[name]) for name in plain[:_FACTS]}
    for name in _INDICATORS:
        values = event.get(name)
        if isinstance(values, list) and values:
            facts[name] = [_fact(value) for value in cast("list[object]", values)[:3]]
    return facts


def _fact(value: object) -> object:
    return bounded(value, _FACT) if isinstance(value, str) else value


def _errors(tried: Sequence[Tried], outcomes: Sequence[Outcome | None]) -> list[JsonObject]:
    counts: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for index, outcome in enumerate(outcomes):
        for problem in outcome.problems if outcome is not None else ():
            kind = (problem.function, bounded(f"{problem.code}: {problem.message}", _TEXT))
            counts[kind] += 1
            first.setdefault(kind, index)
    return [
        {"function": kind[0], "error": kind[1], "events": count, "row_id": tried[first[kind]].event.get("p_row_id")}
        for kind, count in counts.most_common(_ERRORS)
    ]


def _short(text: str | None) -> str | None:
    return None if text is None else bounded(text, _TEXT)


def _said(given: JsonObject) -> JsonObject:
    return {name: value for name, value in given.items() if value is not None}

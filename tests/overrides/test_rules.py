"""Each safety rule: what it lets through unchanged, what it refuses in which words, what it writes into the schema."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from panther_mcp.errors import InvalidInput
from panther_overrides import rules
from panther_overrides.rules import at_least_one_of, at_most, default_window, exclusive, max_items, one_of, time_order

WINDOW = default_window("start", "end", days=7, unless="id")
ORDER = time_order("start", "end")
MARCH_1, MARCH_8 = "2026-03-01T00:00:00.000Z", "2026-03-08T00:00:00.000Z"
KEPT = {
    "max_items: as many as may be": (max_items("ids", 2), {"ids": ["a", "b"]}),
    "max_items: none": (max_items("ids", 2), {"ids": []}),
    "max_items: null": (max_items("ids", 2), {"ids": None}),
    "max_items: absent": (max_items("ids", 2), {}),
    "one_of: one": (one_of("n", 15, 30), {"n": 30}),
    "one_of: null": (one_of("n", 15, 30), {"n": None}),
    "at_most: equal": (at_most("n", 5), {"n": 5}),
    "at_most: zero": (at_most("n", 5), {"n": 0}),
    "at_most: null": (at_most("n", 5), {"n": None}),
    "at_least_one_of: one": (at_least_one_of("a", "b"), {"a": None, "b": "x"}),
    "at_least_one_of: false is given": (at_least_one_of("a", "b"), {"a": False}),
    "at_least_one_of: zero is given": (at_least_one_of("a", "b"), {"a": 0}),
    "exclusive: one": (exclusive("a", "b"), {"a": "x", "b": None}),
    "exclusive: none": (exclusive("a", "b"), {"a": "", "b": []}),
    "time_order: in order": (ORDER, {"start": MARCH_1, "end": MARCH_8}),
    "time_order: the same": (ORDER, {"start": MARCH_1, "end": MARCH_1}),
    "time_order: no end": (ORDER, {"start": MARCH_8, "end": None}),
    "time_order: no start": (ORDER, {"end": MARCH_1}),
    "time_order: as times, not as text": (ORDER, {"start": "2026-03-01T01:00:00+02:00", "end": "2026-03-01T00:00:00Z"}),
    "default_window: unless": (WINDOW, {"id": "x", "start": None, "end": None}),
    "default_window: both are given": (WINDOW, {"start": MARCH_1, "end": MARCH_8}),
}
REFUSED = {
    "max_items": (
        max_items("ids", 2),
        {"ids": ["a", "b", "c"]},
        "ids holds 3 items; at most 2 are allowed in one call.",
        "Split the list into calls of at most 2.",
    ),
    "one_of": (one_of("n", 15, 30), {"n": 16}, "n is 16; it must be one of 15, 30.", "Take one of 15, 30."),
    "at_most": (at_most("n", 5), {"n": 6}, "n is 6; at most 5 is allowed.", "Lower n."),
    "at_least_one_of": (
        at_least_one_of("a", "b"),
        {"a": None, "b": []},
        "None of a, b is given.",
        "Give at least one of them.",
    ),
    "exclusive": (
        exclusive("a", "b", "c"),
        {"a": 0, "b": None, "c": ["x"]},
        "a and c exclude each other.",
        "Give only one of them.",
    ),
    "time_order": (
        ORDER,
        {"start": MARCH_8, "end": MARCH_1},
        f"start ({MARCH_8}) is after end ({MARCH_1}).",
        "Exchange the two times.",
    ),
}
RULES = (
    max_items("p", 2),
    at_most("p", 5),
    at_least_one_of("p", "q"),
    exclusive("p", "q"),
    one_of("p", 1, 2),
    WINDOW,
    ORDER,
)
NARROWED = {"max_items": {"maxItems": 2}, "at_most": {"maximum": 5}, "one_of": {"enum": [1, 2]}}


@pytest.mark.parametrize(("rule", "arguments"), KEPT.values(), ids=KEPT)
def test_what_a_rule_allows_is_left_alone(rule, arguments):
    before = copy.deepcopy(arguments)
    assert rule.apply(arguments) == before
    assert arguments == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_names_its_rule(name):
    rule, arguments, message, hint = REFUSED[name]
    with pytest.raises(InvalidInput) as caught:
        rule.apply(arguments)
    assert caught.value.to_payload() == {
        "code": "invalid_input",
        "message": message,
        "hint": hint,
        "details": {"rule": name},
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_schema_says_of_a_rule_what_it_can(rule):
    names = ("p", "q", "id", "start", "end")
    schema = {"properties": {name: {"type": "x"} for name in names}}
    rule.narrow(schema)
    assert schema["properties"].pop(rule.params[0]) == {"type": "x", **NARROWED.get(rule.name, {})}
    assert all(said == {"type": "x"} for said in schema["properties"].values())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_tells_readers_what_it_does(rule):
    assert rule.says.endswith(".")
    assert all(f"{param}" in rule.says for param in rule.params)
    assert f"- `{rule.name}`:" in rules.__doc__


def between(low: datetime, value: str, high: datetime) -> bool:
    """Say whether `value`, cut to milliseconds, lies between two times."""
    return low - timedelta(milliseconds=1) <= datetime.fromisoformat(value) <= high


@pytest.mark.parametrize("given", [{}, {"start": None, "end": None, "id": None}, {"start": "", "end": "", "id": ""}])
def test_a_listing_without_times_is_of_the_last_days(given):
    before = datetime.now(UTC)
    found = WINDOW.apply(given)
    after = datetime.now(UTC)
    week = timedelta(days=7)
    assert between(before, found["end"], after)
    assert between(before - week, found["start"], after - week)
    assert datetime.fromisoformat(found["end"]) - datetime.fromisoformat(found["start"]) == week


def test_a_listing_with_a_start_ends_now():
    found = WINDOW.apply({"start": MARCH_1})
    assert found["start"] == MARCH_1
    assert between(datetime.now(UTC) - timedelta(minutes=1), found["end"], datetime.now(UTC))


@pytest.mark.parametrize("end", [MARCH_8, "2026-03-08T02:00:00+02:00"])
def test_a_listing_with_an_end_starts_days_before_it(end):
    assert WINDOW.apply({"end": end}) == {"start": MARCH_1, "end": MARCH_8}


def test_one_time_beside_the_other_filter_is_completed():
    assert WINDOW.apply({"id": "x", "end": MARCH_8}) == {"id": "x", "start": MARCH_1, "end": MARCH_8}


def test_an_end_at_the_beginning_of_time_is_an_end():
    found = WINDOW.apply({"end": "0001-01-02T00:00:00.000Z"})
    assert found == {"start": "0001-01-01T00:00:00.000Z", "end": "0001-01-02T00:00:00.000Z"}


def test_the_other_arguments_are_kept_and_the_given_ones_not_changed():
    given = {"end": MARCH_8, "other": [1]}
    assert WINDOW.apply(given)["other"] == [1]
    assert given == {"end": MARCH_8, "other": [1]}

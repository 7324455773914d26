"""Lists told as tables: nothing is lost, nothing is ambiguous, and what is told is shorter."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from panther_mcp.packing.same_in_all import common, joined, without
from panther_mcp.packing.table import labels, packed, unpacked

AGENT, OTHER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "aws-cli/2.15.30 md/Botocore#1.34.69 ua/2.0"
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(0, 1)
    | st.sampled_from([1.0, 0.0, -0.0, 2**70])
    | st.sampled_from(["", "a", "#1", "##1", "ü\u2028", AGENT, OTHER, "x" * 30])
)
NAMES = st.sampled_from(["a", "b", "c", "a.b", 'q"[0]', "[0]", "", "ü", "p_any_ips"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


# As many as are packed without a look at the size.
MANY = st.lists(st.fixed_dictionaries({"": LEAVES}, optional={'"': LEAVES}), min_size=30, max_size=31)


@st.composite
def alike(draw):
    """Objects with much in common, as rows and events have: made of one, with some of its fields changed."""
    base = draw(OBJECTS)
    leaves = st.sampled_from([AGENT, OTHER, "#1", 0, 1, True, 1.0, {}, {"b": 1}, "a"])

    def changed(value):
        if isinstance(value, dict) and value:
            return {name: changed(item) for name, item in value.items()}
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return [changed(item) for item in value]
        return draw(leaves) if draw(st.booleans()) else value

    return [{name: changed(value) for name, value in base.items()} for _ in range(draw(st.integers(2, 6)))]


ITEMS = alike() | st.lists(OBJECTS, max_size=4)


def as_told(value: object) -> object:
    """Values that are equal in Python only are told apart."""
    if isinstance(value, dict):
        return {name: as_told(item) for name, item in value.items()}
    return [as_told(item) for item in value] if isinstance(value, list) else (type(value).__name__, repr(value))


@given(ITEMS)
@example([{"a": 1, "b": [1]}, {"a": True, "b": [True]}])
@example([{"a": True, "b": {"c": 1}}, {"a": 1.0, "b": {"c": 1.0}}])
@settings(max_examples=200, deadline=None)
def test_what_is_shared_is_given_back(items):
    shared, tree = common(items)
    told = [joined(shared, without(item, tree)) for item in items]
    assert [as_told(item) for item in told] == [as_told(item) for item in items]


def test_what_python_takes_for_equal_is_not_shared():
    assert common([{"a": 1, "b": [0], "c": 0.0}, {"a": True, "b": [False], "c": -0.0}]) == ({}, {})


@given(ITEMS)
@example([{"a": None, "b": AGENT}, {"b": AGENT, "a": 1}] * 3)
@example([{"a": {"b": AGENT, "c": n}, "a.b": "#1"} for n in range(6)])
@example([{"a": [{"b": AGENT, "c": n}, {"b": OTHER}]} for n in range(6)])
@example([{"a": {"b": AGENT, "c": n}} for n in range(6)] + [{"a": {"b": AGENT}}] * 2)
@settings(max_examples=500, deadline=None)
def test_a_table_says_what_the_objects_said(items):
    before = {"count": len(items), "rows": items, "note": "n"}
    text = to_json(before)
    told = json.loads(to_json(packed(before, "rows")))
    assert to_json(before) == text, "packing changes nothing of what it is given"
    assert as_told(unpacked(told, "rows")) == as_told(before)
    assert len(told["rows"]) == len(items)
    assert len(to_json(told)) <= len(text)
    assert ("fields" in told) is any(isinstance(row, list) for row in told["rows"])


@given(MANY)
@settings(max_examples=50, deadline=None)
def test_a_long_table_is_shorter_whatever_is_in_it(items):
    told = packed({"rows": items}, "rows")
    assert len(to_json(told)) <= len(to_json({"rows": items}))
    assert as_told(unpacked(told, "rows")) == as_told({"rows": items})


def rows(count: int) -> list[dict]:
    return [
        {"at": f"2026-01-31 12:00:{n:02}", "action": "GetObject" if n % 3 else "ListBuckets", "who": "priya.raman"}
        for n in range(count)
    ]


def test_a_table_has_names_once_and_what_is_the_same_once():
    assert packed({"rows": rows(3), "row_count": 3}, "rows") == {
        "same_in_all": {"who": "priya.raman"},
        "fields": ["at", "action"],
        "rows": [
            ["2026-01-31 12:00:00", "ListBuckets"],
            ["2026-01-31 12:00:01", "GetObject"],
            ["2026-01-31 12:00:02", "GetObject"],
        ],
        "row_count": 3,
    }


def test_objects_within_become_paths_and_lists_of_objects_share_what_they_share():
    events = [
        {"id": n, "who": {"arn": "a:b", "key": f"k{n}"}, "on": [{"arn": f"arn:{n}", "owner": "42"}, {"arn": "bucket"}]}
        for n in range(3)
    ]
    assert packed({"events": events}, "events") == {
        "same_in_all": {"who": {"arn": "a:b"}, "on": [{"owner": "42"}, {"arn": "bucket"}]},
        "fields": ["id", "who.key", "on[0].arn"],
        "events": [[0, "k0", "arn:0"], [1, "k1", "arn:1"], [2, "k2", "arn:2"]],
    }


def test_long_texts_that_some_rows_repeat_stand_once_in_the_order_of_the_rows():
    found = packed({"rows": [{"n": n, "agent": OTHER if n % 2 else AGENT} for n in range(8)]}, "rows")
    assert found["repeated"] == {"#1": AGENT, "#2": OTHER}
    assert found["rows"][:3] == [[0, "#1"], [1, "#2"], [2, "#1"]]


@pytest.mark.parametrize(("text", "marks"), [("#1", ["##1"]), ("##", ["###1"]), ("a #1", ["#1"]), ("#" * 9_999, [])])
def test_no_text_passes_for_a_mark(text, marks):
    before = {"rows": [{"n": n, "agent": AGENT} for n in range(8)] + [{"n": 8, "agent": text}]}
    found = packed(before, "rows")
    assert list(found.get("repeated", ())) == marks
    assert unpacked(found, "rows") == before


def test_no_more_than_nine_texts_are_told_elsewhere():
    texts = [f"{AGENT} {number}" for number in range(30)]
    found = packed({"rows": [{"n": n, "agent": texts[n % 30]} for n in range(120)]}, "rows")
    assert list(found["repeated"]) == [f"#{number}" for number in range(1, 10)]


OBJECTS_STILL = {
    "one": rows(1),
    "many fields": [{f"c{field}": f"{n}.{field}" for field in range(20)} for n in range(4)],
    "little in common": [{f"c{n}{field}": n for field in range(3)} for n in range(4)],
    "a null that is there": [{"number": n, "text": None if n % 2 else "t"} for n in range(4)],
    "no objects": [1, 2, 3],
    "none": [],
}


@pytest.mark.parametrize("items", OBJECTS_STILL.values(), ids=OBJECTS_STILL)
def test_what_makes_no_table_stays_a_list_of_objects(items):
    assert packed({"rows": items}, "rows") == {"rows": items}


def test_a_wide_list_of_objects_tells_what_is_the_same_once():
    found = packed({"rows": [{f"c{n}": row if n < 20 else "same" for n in range(40)} for row in range(3)]}, "rows")
    assert found["same_in_all"] == {f"c{n}": "same" for n in range(20, 40)}
    assert found["rows"][1] == {f"c{n}": 1 for n in range(20)}


def test_lists_within_a_list_are_tables_of_their_own():
    agents = [{**row, "agent": OTHER if number else AGENT} for number, row in enumerate(rows(9))]
    before = {"tables": [{"log_type": "A", "rows": agents}, {"log_type": "B"}, {"log_type": "C", "rows": rows(1)}]}
    found = packed(before, "tables[].rows")
    assert found["tables"][0]["fields"] == ["at", "action", "agent"]
    assert found["tables"][0]["rows"][8][2] == OTHER, "a mark would stand for another text in each of the tables"
    assert found["tables"][1:] == before["tables"][1:]
    assert unpacked(found, "tables[].rows") == before
    assert packed({"tables": [before["tables"][2], "…[3 more]"]}, "tables[].rows")["tables"][1] == "…[3 more]"


def test_what_has_such_names_already_is_left_alone():
    before = {"rows": rows(3), "fields": "of its own"}
    assert packed(before, "rows") == before


def test_what_was_untrusted_is_so_in_a_table():
    found = packed({"columns": rows(3)}, "columns")
    assert labels(("columns[].who", "note"), found, "columns") == ("columns[]", "fields", "note", "same_in_all")
    assert labels(("note",), found, "columns") == ("note",)
    assert labels(("columns[].who",), {"columns": rows(1)}, "columns") == ("columns[].who",)

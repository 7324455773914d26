"""What is the same in all items is told once, and nothing is lost by it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from panther_overrides.workflows.common.same_in_all import joined, parted

LEAVES = st.none() | st.booleans() | st.integers(0, 1) | st.just(1.0) | st.sampled_from(["", "a", "b"])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.lists(st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4), max_size=4)


def as_told(value: object) -> object:
    """Values that are equal in Python only are told apart."""
    if isinstance(value, dict):
        return {name: as_told(item) for name, item in value.items()}
    return [as_told(item) for item in value] if isinstance(value, list) else (type(value).__name__, value)


@given(ITEMS)
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost(items):
    shared, rest = parted(items)
    assert [as_told(joined(shared, item)) for item in rest] == [as_told(item) for item in items]


def test_it_stands_once():
    shared, rest = parted([{"a": 1, "b": {"c": [1], "d": 1}, "e": 1}, {"a": 1, "b": {"c": [1], "d": 2}, "e": True}])
    assert shared == {"a": 1, "b": {"c": [1]}}
    assert rest == [{"b": {"d": 1}, "e": 1}, {"b": {"d": 2}, "e": True}]


def test_one_alone_is_left_as_it_is():
    assert parted([{"a": 1}]) == ({}, [{"a": 1}])
    assert parted([]) == ({}, [])

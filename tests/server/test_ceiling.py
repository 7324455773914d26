"""Results that are too large: fewer items, shorter texts, always told, never more than the ceiling."""

import json

import pytest
from pydantic_core import to_json

from panther_mcp.ceiling import cut, surplus

EVENT = "x" * 900


def rules(count: int, body: str = EVENT) -> list[dict]:
    return [{"id": f"r{number:03}", "description": body} for number in range(count)]


async def test_a_page_becomes_as_small_as_fits_and_its_cursor_loses_nothing(script, scripted):
    script.answers["GET /globals"] = [
        {"results": rules(60), "next": "of-60"},
        {"results": rules(42), "next": "of-42"},
    ]
    found = await scripted("list_global_helpers", limit=60)
    (_, first), (_, second) = script.asked
    assert (first["limit"], int(second["limit"])) == ("60", len(found["global_helpers"]))
    assert found["next_cursor"] == "of-42"
    assert found["warnings"] == ["42 global_helpers a page are as many as fit into 40000 bytes."]
    assert len(json.dumps(found)) <= 42_000


async def test_one_item_that_is_too_large_is_shortened_and_kept(script, scripted):
    script.answers["GET /globals"] = {"results": rules(2, "y" * 90_000), "next": "on"}
    found = await scripted("list_global_helpers")
    assert [one["id"] for one in found["global_helpers"]] == ["r000", "r001"]
    assert found["global_helpers"][0]["description"] == "y" * 10_000 + "…[80000 more]"
    assert found["next_cursor"] == "on"
    assert "longer than 10000 end with …" in found["warnings"][0]


async def test_what_fits_is_not_touched(script, scripted):
    script.answers["GET /globals"] = {"results": rules(3), "next": None}
    assert await scripted("list_global_helpers") == {"global_helpers": rules(3)}
    assert len(script.asked) == 1


def events(count: int, width: int) -> dict:
    """A page of events that share a long text, and have one of `width` characters of their own."""
    edges = [{"node": {"same": EVENT, "own": f"{number:03}" + "y" * width}} for number in range(count)]
    return {"data": {"alert": {"events": {"edges": edges, "pageInfo": {"hasNextPage": True, "endCursor": "on"}}}}}


async def test_what_counts_is_what_is_told(script, scripted):
    script.answers["GetAlertEvents"] = events(50, 200)
    found = await scripted.told("get_alert_events", alert_id="a", limit=50)
    assert (len(found["events"]), len(script.asked), "warnings" in found) == (50, 1, False)
    assert 50 * len(EVENT) > 40_000 > len(json.dumps(found))


async def test_a_table_that_is_too_large_becomes_one_of_as_many_rows_as_fit(script, scripted):
    script.answers["GetAlertEvents"] = [events(50, 1_200), events(31, 1_200)]
    found = await scripted.told("get_alert_events", alert_id="a", limit=50)
    assert [asked["input"]["pageSize"] for _, asked in script.asked] == [50, 31]
    assert (found["fields"], len(found["events"]), found["next_cursor"]) == (["own"], 31, "on")
    assert found["warnings"] == ["31 events a page are as many as fit into 40000 bytes."]


LARGE = {
    "a list without a cursor": {"items": rules(100)},
    "a list with a cursor": {"items": rules(100), "next_cursor": "c"},
    "a text": {"text": "z" * 100_000},
    "texts": {f"t{number}": "z" * 50 for number in range(3_000)},
    "deep": {"a": {"b": [{"c": ["d" * 5_000] * 50}] * 20}},
    "wide": {"rows": [{f"column{n}": "v" * 30 for n in range(2_000)}]},
    "many numbers": {"n": list(range(100_000))},
    "not ASCII": {"text": "\U0001f600" * 30_000, "warnings": ["before"]},
}


@pytest.mark.parametrize("result", LARGE.values(), ids=LARGE)
def test_nothing_is_above_the_ceiling_and_it_is_told(result):
    before = to_json(result)
    found = cut(result, 20_000)
    assert len(to_json(found)) <= 20_000
    assert "Cut to stay small" in found["warnings"][-1]
    assert found["warnings"][:-1] == result.get("warnings", [])
    assert found.get("next_cursor") == result.get("next_cursor")
    assert to_json(result) == before


def test_a_list_that_is_cut_says_how_much_of_it_is_shown():
    found = cut({"items": rules(100)}, 20_000)
    shown = len(found["items"])
    assert found["items"] == rules(100)[:shown]
    assert found["warnings"] == [f"Cut to stay small: {shown} of 100 items. Narrow the call to get the others."]


def test_a_cursor_keeps_the_list_whole():
    assert len(cut({"items": rules(30), "next_cursor": "c"}, 20_000)["items"]) == 30


@pytest.mark.parametrize("result", [{}, {"a": "b"}, {"items": []}, {"items": ["x" * 50_000, "y"]}])
def test_no_surplus_where_no_item_can_go(result):
    assert surplus(result, 20_000) is None

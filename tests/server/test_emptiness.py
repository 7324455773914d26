"""What is said about an empty list."""

import pytest

SEEN = "what the token may not see is left out"
EMPTY = {
    "a filter": (
        "list_log_sources",
        {"integration_type": "none"},
        f"No log sources: only what matches integration_type counts; {SEEN}.",
    ),
    "two filters": (
        "list_detections",
        {"name_contains": "nothing", "severity": "LOW", "limit": 5},
        f"No detections: only what matches name_contains, severity counts; {SEEN}.",
    ),
}


@pytest.mark.parametrize(("tool", "arguments", "note"), EMPTY.values(), ids=EMPTY)
async def test_the_filters_are_named(mcp, tool, arguments, note):
    assert (await mcp(tool, arguments))["note"] == note


async def test_the_time_range_is_told(mcp):
    found = await mcp("list_alerts", start_date="2001-01-01", end_date="2001-01-02", severities=["LOW"])
    assert found == {
        "alerts": [],
        "note": "No alerts: the time range is 2001-01-01T00:00:00.000Z to 2001-01-02T00:00:00.000Z; "
        f"only what matches severities counts; {SEEN}.",
    }


async def test_what_is_not_empty_has_no_note(mcp):
    assert "note" not in await mcp("list_alerts")
    assert "note" not in await mcp("list_databases")


async def test_an_empty_page_with_a_cursor_has_more_to_come_and_no_note(script, scripted):
    script.answers["GET /globals"] = {"results": [], "next": "on"}
    assert await scripted("list_global_helpers") == {"global_helpers": [], "next_cursor": "on"}

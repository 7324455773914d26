"""Cursors: following next_cursor gives each item of a list exactly once, whatever the size of the pages."""

import base64
import json

import pytest

from .alert_checks import as_events_are_told

KINDS = ["rules", "simple_rules", "scheduled_rules", "policies"]
SLACK, PAGER = "out-slack", "out-pager"
MADE = {
    **{
        f"Paging.Rule.{n:02}": ("/rules", [SLACK] if n % 3 == 0 else [PAGER, SLACK] if n % 3 == 1 else [])
        for n in range(13)
    },
    **{f"Paging.Policy.{n}": ("/policies", [PAGER] if n % 2 else []) for n in range(5)},
}


async def read_all(mcp, tool, field, *, limits=(3,), size="limit", **arguments):
    """Read every page; the sizes that are asked for take turns."""
    items, pages, cursor = [], 0, None
    while True:
        asked = limits[pages % len(limits)]
        found = await mcp(tool, {**arguments, size: asked, "cursor": cursor})
        items += found[field]
        pages += 1
        assert len(found[field]) <= asked
        assert pages < 1_000
        cursor = found.get("next_cursor")
        if cursor is None:
            return items, pages


@pytest.fixture
def made(panther):
    """Detections of two kinds, some of which alert to destinations."""
    for identifier, (path, outputs) in MADE.items():
        body = {"id": identifier, "body": "def rule(e): return False", "severity": "LOW", "outputIDs": outputs}
        panther.put(f"{path}/{identifier}", body)


@pytest.mark.parametrize("limits", [(50,), (7,), (1, 20)])
async def test_alerts(mcp, panther, limits):
    items, pages = await read_all(mcp, "list_alerts", "alerts", limits=limits, size="page_size", start_date="-30d")
    expected = [item["id"] for item in panther.all("/alerts", type="ALERT", limit=50)]
    assert [item["id"] for item in items] == expected
    assert len(set(expected)) == len(expected)
    assert pages >= len(expected) / max(limits)


async def test_events(mcp, panther):
    alert = panther.alert("bulk read of s3")
    items, pages = await read_all(mcp, "get_alert_events", "events", limits=(50,), alert_id=alert["id"])
    assert items == list(map(as_events_are_told, panther.all(f"/alerts/{alert['id']}/events", limit=250)))
    # Fifty of these fit under the ceiling only because what they share stands once.
    assert (len(items), pages) == (412, 9)


async def test_comments(mcp, panther):
    alert_id = panther.alert("AccessKey".lower() if False else "access key for")["id"]
    for number in range(4):
        await mcp("add_alert_comment", alert_id=alert_id, comment=f"note {number}")
    items, pages = await read_all(mcp, "list_alert_comments", "comments", limits=(1,), alert_id=alert_id)
    assert [item["id"] for item in items] == [
        item["id"] for item in panther.all("/alert-comments", **{"alert-id": alert_id})
    ]
    assert pages == len(items)


async def test_users(mcp, panther):
    items, _ = await read_all(mcp, "list_users", "users", limits=(2,))
    assert [item["id"] for item in items] == [item["id"] for item in panther.all("/users")]


@pytest.mark.parametrize("limits", [(1,), (2,), (3, 1), (7,), (13,), (1000,)])
async def test_detections_of_several_kinds(mcp, panther, made, limits):
    items, _ = await read_all(mcp, "list_detections", "detections", limits=limits, detection_types=KINDS)
    paths = [f"/{kind.replace('_', '-')}" for kind in KINDS]
    expected = [(kind, item["id"]) for kind, path in zip(KINDS, paths, strict=True) for item in panther.all(path)]
    assert [(item["type"], item["id"]) for item in items] == expected


@pytest.mark.parametrize("limits", [(1,), (2, 5), (4,), (100,)])
@pytest.mark.parametrize("outputs", [[SLACK], [PAGER], [PAGER, SLACK]])
async def test_detections_by_their_destination(mcp, made, limits, outputs):
    items, _ = await read_all(
        mcp, "list_detections", "detections", limits=limits, detection_types=["rules", "policies"], output_ids=outputs
    )
    expected = [name for name, (_, given) in MADE.items() if set(outputs) & set(given)]
    assert sorted(item["id"] for item in items) == sorted(expected)
    assert all(set(item["outputIDs"]) & set(outputs) for item in items)


async def test_a_destination_without_detections_ends(mcp, made):
    items, _ = await read_all(mcp, "list_detections", "detections", limits=(1,), output_ids="no-such-destination")
    assert items == []


async def test_a_kind_that_lacks_a_filter_is_left_out_and_that_is_told(mcp):
    found = await mcp("list_detections", detection_types=KINDS, log_type="AWS.CloudTrail")
    assert {item["type"] for item in found["detections"]} == {"rules", "simple_rules"}
    assert found["warnings"] == [
        "scheduled_rules are left out: they have no log_type.",
        "policies are left out: they have no log_type.",
    ]
    error = await mcp.refused("list_detections", detection_types=["policies"], log_type=["AWS.CloudTrail"])
    assert (error["code"], "resource_type" in error["hint"]) == ("invalid_input", True)


@pytest.mark.parametrize("max_rows", [1, 7, 100])
async def test_rows_are_read_on_without_running_the_query_again(mcp, panther, max_rows):
    sql = f"SELECT p_row_id FROM okta_systemlog WHERE p_occurs_since('30 d') ORDER BY p_row_id LIMIT 23 -- {max_rows}"
    items, _ = await read_all(mcp, "query_data_lake", "rows", limits=(max_rows,), size="max_rows", sql=sql)
    (query,) = panther.queries(f"LIMIT 23 -- {max_rows}")
    assert query["status"] == "succeeded"
    rows = [item["p_row_id"] for item in items]
    assert len(set(rows)) == 23
    assert rows == sorted(rows)


async def test_tables_are_read_to_the_end(mcp, panther):
    found = await mcp("list_database_tables", database="panther_logs")
    assert "next_cursor" not in found
    assert len(found["tables"]) >= 5


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


FOREIGN = {
    "text": "zz",
    "not ASCII": "é",
    "padding": "====",
    "another list's": packed(["policies", None, 5, 0]),
    "another kind": packed(["secrets", None, 5, 0]),
    "not a list": packed({"a": 1, "b": 2, "c": 3, "d": 4}),
    "too short": packed(["rules"]),
    "size of text": packed(["rules", None, "5", 0]),
    "size too large": packed(["rules", None, 5_000, 0]),
    "size broken": packed(["rules", None, 1.5, 0]),
    "skip broken": packed(["rules", None, 5, 0.5]),
    "skip negative": packed(["rules", None, 5, -1]),
    "Panther's own broken": packed(["rules", "zz", 5, 0]),
    "deep": base64.urlsafe_b64encode(b"[" * 100_000).decode(),
}


@pytest.mark.parametrize("cursor", FOREIGN.values(), ids=FOREIGN)
async def test_a_foreign_cursor_of_detections_is_refused(mcp, cursor):
    assert (await mcp.refused("list_detections", cursor=cursor))["code"] == "invalid_input"


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("list_alerts", {}, "invalid_input"),
        ("list_users", {}, "invalid_input"),
        ("query_data_lake", {"sql": "SELECT 1"}, "invalid_input"),
    ],
)
async def test_a_foreign_cursor_is_refused(mcp, tool, arguments, code):
    assert (await mcp.refused(tool, arguments | {"cursor": "bm90IG91cnM="}))["code"] == code

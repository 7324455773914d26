"""Searches, whose rows stand in parts: read table by table, whatever becomes of one of them."""

import json

import pytest

from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

from .lake import rows_of

FACTS = StoryFacts.of(DEFAULT_SEED)


@pytest.mark.parametrize("max_rows", [999, 50, 7])
async def test_the_rows_of_all_parts_come_once_each(mcp, panther, max_rows):
    ips = [FACTS.login_ip, FACTS.exfil_ip]
    search = await mcp("search_indicators", indicators=ips, rows_per_table=0)
    rows, cursor, pages = [], None, 0
    while True:
        page = await mcp("get_data_lake_query", query_id=search["query_id"], max_rows=max_rows, cursor=cursor)
        rows += page["rows"]
        pages += 1
        assert (page["row_count"], page["query_id"]) == (search["row_count"], search["query_id"])
        cursor = page.get("next_cursor")
        if cursor is None:
            break
        assert pages < 500
    ids = [row["p_row_id"] for row in rows]
    listed = ", ".join(f"'{ip}'" for ip in ips)
    overlap = f"ARRAYS_OVERLAP(ARRAY_CONSTRUCT({listed}), p_any_ip_addresses)"
    held = rows_of(panther, f"SELECT p_row_id FROM panther_views.public.all_logs WHERE {overlap}")
    assert len(ids) == len(set(ids))
    assert sorted(ids) == sorted(row["p_row_id"] for row in held)


async def test_the_parts_of_a_search_are_told(mcp):
    search = await mcp("search_indicators", indicators=[FACTS.login_ip], rows_per_table=1)
    found = await mcp("get_data_lake_query", query_id=search["query_id"], max_rows=1)
    with_rows = [part for part in found["parts"] if part["row_count"]]
    assert [(part["log_type"], part["query_id"], part["row_count"]) for part in with_rows] == [
        (table["log_type"], table["query_id"], table["row_count"]) for table in search["tables"]
    ]
    assert len(found["parts"]) == len(search["tables"]) + search["tables_without_matches"]


async def test_many_wide_rows_share_the_ceiling(mcp):
    found = await mcp("search_indicators", indicators=[FACTS.victim.email, FACTS.exfil_ip], rows_per_table=100)
    rows = [table["rows"] for table in found["tables"]]
    assert len(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()) <= 41_000
    assert min(map(len, rows)) >= 3
    assert "get_data_lake_query reads on" in found["note"]


STARTED = {"data": {"executeIndicatorSearchQuery": {"id": "s1"}}}
CANCELLED = {"data": {"cancelDataLakeQuery": {"id": "s1"}}}


def part(query_id, status, rows=0):
    results = {
        "edges": [{"node": {"p_log_type": query_id.upper(), "n": 1}}] * min(rows, 1),
        "stats": {"rowCount": rows},
    }
    message = f"why {query_id}" if status == "failed" else ""
    return {"id": query_id, "status": status, "message": message, "results": results}


def told(query_id):
    log_type = query_id.upper()
    return {"log_type": log_type, "query_id": query_id, "row_count": 1, "rows": [{"p_log_type": log_type, "n": 1}]}


def search(status, *parts, **own):
    return {"data": {"dataLakeQuery": {"id": "s1", "status": status, "message": "", "children": list(parts), **own}}}


async def test_a_part_that_failed_is_told_beside_the_others(script, scripted):
    answer = search("failed", part("a", "failed"), part("b", "succeeded", 1))
    script.answers |= {"StartIndicatorSearch": STARTED, "GetDataLakeQueryParts": answer}
    found = await scripted("search_indicators", indicators=["x"], rows_per_table=1)
    assert found["tables"] == [
        {"log_type": "B", "query_id": "b", "row_count": 1, "rows": [{"p_log_type": "B", "n": 1}]}
    ]
    assert found["warnings"] == ["The part a failed: why a"]


async def test_rows_that_cannot_be_read_are_told(script, scripted):
    script.answers |= {
        "StartIndicatorSearch": STARTED,
        "GetDataLakeQueryParts": search("succeeded", part("a", "succeeded", 5)),
        "GetDataLakeQuery": (503, {}),
    }
    found = await scripted("search_indicators", indicators=["x"], rows_per_table=2)
    assert found["tables"] == [{"log_type": "A", "query_id": "a", "row_count": 5}]
    assert found["warnings"][0].startswith("The rows of a could not be read: ")


async def test_no_part_that_succeeded_is_an_error_and_what_still_runs_is_stopped(script, scripted):
    script.answers |= {
        "StartIndicatorSearch": STARTED,
        "GetDataLakeQueryParts": search("failed", part("a", "failed"), part("b", "running")),
        "CancelDataLakeQuery": CANCELLED,
    }
    error = await scripted.refused("search_indicators", indicators=["x"])
    assert error["code"] == "invalid_input"
    assert script.asked[-1] == ("CancelDataLakeQuery", {"input": {"id": "b"}})


async def test_rows_may_stand_at_the_search_itself(script, scripted):
    script.answers |= {
        "StartIndicatorSearch": STARTED,
        "GetDataLakeQueryParts": search("succeeded", results=part("s1", "", 1)["results"]),
    }
    found = await scripted("search_indicators", indicators=["x"], rows_per_table=1)
    assert found["tables"] == [
        {"log_type": "S1", "query_id": "s1", "row_count": 1, "rows": [{"p_log_type": "S1", "n": 1}]}
    ]


async def test_cancelling_a_search_stops_its_parts(script, scripted):
    script.answers |= {
        "GetDataLakeQueryParts": [
            search("running", part("a", "running"), part("b", "succeeded", 1)),
            search("cancelled", part("a", "running"), part("b", "succeeded", 1)),
            search("cancelled", part("a", "cancelled"), part("b", "succeeded", 1)),
        ],
        "CancelDataLakeQuery": CANCELLED,
    }
    found = await scripted("cancel_data_lake_query", query_id="s1")
    assert found == {"query_id": "s1", "status_before": "running", "status": "cancelled", "cancelled": ["s1", "a"]}
    cancelled = [asked["input"]["id"] for name, asked in script.asked if name == "CancelDataLakeQuery"]
    assert cancelled == ["s1", "a"]


async def test_rows_that_panther_lost_are_told_at_once(script, scripted):
    query = {"id": "q1", "status": "succeeded", "message": "", "results": None}
    lost = {"data": {"dataLakeQuery": query}, "errors": [{"message": "results have expired"}]}
    script.answers |= {
        "GetDataLakeQueryParts": search("succeeded", results=part("s1", "", 1)["results"]),
        "GetDataLakeQuery": lost,
    }
    error = await scripted.refused("get_data_lake_query", query_id="s1")
    assert (error["code"], "results have expired" in error["message"]) == ("upstream_error", True)


def lake_page(*rows):
    results = {"columnInfo": {"order": [], "types": {}}, "edges": [{"node": row} for row in rows]}
    stats = {"rowCount": len(rows), "bytesScanned": 1}
    query = {"id": "q1", "status": "succeeded", "message": "", "results": results | {"stats": stats}}
    return {"data": {"dataLakeQuery": query}}


async def test_names_in_upper_case_and_arrays_as_text_are_read_too(script, scripted):
    times = {"FIRST_EVENT": "2026-01-01 10:00:00.000", "LAST_EVENT": "2026-01-01 10:05:00.000"}
    alert = {"ALERT_ID": "a1", "RULE_ID": "R", "SEVERITY": "LOW", "LOG_TYPE": "X.Y", "EVENTS": "3"}
    bucket = {"BUCKET": "2026-01-01 10:00:00.000", "ALERT_ID": "a1", "LOG_TYPE": "X.Y", "EVENTS": 3}
    shared = {"KIND": "ip", "VALUE": "192.0.2.1", "ALERTS": 2, "EVENTS": 4, "ALERT_IDS": '["a2","a1"]'}
    script.answers |= {
        "StartDataLakeQuery": {"data": {"executeDataLakeQuery": {"id": "q1"}}},
        "GetDataLakeQuery": lake_page({**alert, **times, **bucket, **shared, "ALERT_ID": "a1", "EVENTS": "3"}),
    }
    found = await scripted("get_alert_event_stats", alert_ids=["a1", "a2", "a3"])
    assert found["alerts"][0]["log_types"] == {"X.Y": 3}
    assert (found["buckets"][0]["bucket"], found["shared"][0]["alert_ids"]) == ("2026-01-01 10:00", ["a1", "a2"])
    assert found["without_events"] == ["a2", "a3"]

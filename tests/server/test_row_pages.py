"""Rows of the lake as they are shown: each once, within their ceiling, with a summary that is so."""

import json
from collections import Counter

import pytest

from .lake import rows_of

CEILING = 40_000
NUMBERS = (
    "WITH n AS (SELECT a.p_row_id AS a, ROW_NUMBER() OVER (ORDER BY a.p_row_id, b.p_row_id) AS i "
    "FROM (SELECT p_row_id FROM okta_systemlog ORDER BY 1 LIMIT 100) a, "
    "(SELECT p_row_id FROM okta_systemlog ORDER BY 1 LIMIT 50) b) "
)


def size(rows):
    return len(json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode())


async def read_all(mcp, sql, **arguments):
    """Every page of a query."""
    pages = [await mcp("query_data_lake", sql=sql, **arguments)]
    while "next_cursor" in pages[-1]:
        pages.append(await mcp("query_data_lake", sql=sql, cursor=pages[-1]["next_cursor"], **arguments))
        assert len(pages) < 1_000
    return pages


@pytest.mark.parametrize("max_rows", [999, 400, 100])
async def test_five_thousand_rows_come_once_each_and_from_one_run(mcp, panther, max_rows):
    sql = f"{NUMBERS} SELECT i, a FROM n ORDER BY i -- {max_rows}"
    pages = await read_all(mcp, sql, max_rows=max_rows)
    rows = [row for page in pages for row in page["rows"]]
    assert [row["i"] for row in rows] == list(range(1, 5_001))
    assert all(page["row_count"] == 5_000 and size(page["rows"]) <= CEILING for page in pages)
    assert len(panther.queries(f"ORDER BY i -- {max_rows}")) == 1
    assert ["summary" in page for page in pages] == [True] + [False] * (len(pages) - 1)
    assert ["columns" in page for page in pages] == [True] + [False] * (len(pages) - 1)


@pytest.mark.parametrize(("width", "count"), [(10, 1_200), (390, 1_200), (1_900, 300), (9_000, 100), (19_900, 20)])
async def test_rows_of_any_width_are_read_to_the_end(mcp, width, count):
    sql = f"{NUMBERS} SELECT i, REPEAT('ü', {width}) || i AS wide FROM n WHERE i <= {count} ORDER BY i"
    pages = await read_all(mcp, sql, max_rows=999)
    rows = [row for page in pages for row in page["rows"]]
    assert rows == [{"i": number, "wide": "ü" * width + str(number)} for number in range(1, count + 1)]
    assert all(size(page["rows"]) <= CEILING for page in pages)
    least = -(-size(rows) // CEILING)
    assert least <= len(pages) <= least * 2.5 + 6
    assert "rows read fit into 40,000 bytes; next_cursor has the others" in pages[0]["note"]


async def test_pages_grow_again_after_a_row_that_was_large(mcp):
    sql = f"{NUMBERS} SELECT i, REPEAT('x', IFF(i = 40, 39000, 1)) AS x FROM n WHERE i <= 900 ORDER BY i"
    pages = await read_all(mcp, sql, max_rows=100)
    assert [row["i"] for page in pages for row in page["rows"]] == list(range(1, 901))
    assert len(pages) <= 16


async def test_a_row_that_is_too_large_is_cut_where_it_is_long(mcp):
    sql = (
        "SELECT 1 AS i, REPEAT('a', 90000) AS long, 'short' AS short, "
        "OBJECT_CONSTRUCT('deep', ARRAY_CONSTRUCT(REPEAT('b', 60000), 'kept')) AS nested "
        "UNION ALL SELECT 2, 'x', 'y', NULL ORDER BY i"
    )
    first, second = await read_all(mcp, sql)
    (row,) = first["rows"]
    assert (row["i"], row["short"], row["nested"]["deep"][1]) == (1, "short", "kept")
    for text, letter, length in ((row["long"], "a", 90_000), (row["nested"]["deep"][0], "b", 60_000)):
        kept = len(text) - len(text.lstrip(letter))
        assert text[kept:] == f"…[{length - kept} characters cut]"
        assert kept >= 1_000
    assert size(first["rows"]) <= CEILING
    assert second["rows"] == [{"i": 2, "long": "x", "short": "y"}]


WIDE = {
    "many columns": "SELECT " + ", ".join(f"REPEAT('x', 300) AS c{number}" for number in range(400)),
    "an array without strings": "SELECT 1 AS one, ARRAY_AGG(SEQ) AS many FROM (SELECT ROW_NUMBER() OVER (ORDER BY 1) "
    "AS SEQ FROM aws_cloudtrail a, okta_systemlog b LIMIT 20000)",
}


@pytest.mark.parametrize("sql", WIDE.values(), ids=WIDE)
async def test_a_row_that_is_large_in_another_way_fits_too(mcp, sql):
    found = await mcp("query_data_lake", sql=sql)
    assert 1_000 < size(found["rows"]) <= CEILING
    assert " cut]" in json.dumps(found["rows"], ensure_ascii=False)


async def test_the_summary_is_that_of_the_rows_it_names(mcp, panther):
    twice = "panther_logs.public.aws_cloudtrail c, (SELECT 1 AS n UNION ALL SELECT 2)"
    sql = f"SELECT c.*, n FROM {twice} ORDER BY c.p_event_time, c.p_row_id, n"
    found = await mcp("query_data_lake", sql=sql, max_rows=5)
    rows = rows_of(panther, sql)
    summary = found["summary"]
    assert (summary["based_on_rows"], found["row_count"]) == (999, len(rows))
    assert len(rows) > 999
    looked_at = rows[:999]
    assert list(summary["columns"]) == list(found["columns"])
    for name, told in summary["columns"].items():
        values = [row[name] for row in looked_at if name in row]
        counts = Counter(value if isinstance(value, str) else json.dumps(value, sort_keys=True) for value in values)
        assert (told["non_null"], told["distinct"]) == (len(values), len(counts)), name
        if found["columns"][name] == "timestamp":
            assert (told["first"], told["last"]) == (min(values), max(values))
        if "top" in told and name in ("eventName", "sourceIPAddress"):
            assert [count for _, count in told["top"]] == [count for _, count in counts.most_common(len(told["top"]))]
            assert all(counts[value] == count for value, count in told["top"])
    assert summary["columns"]["eventName"]["top"]
    assert len(json.dumps(summary)) < 12_000


async def test_numbers_have_a_range_and_values_of_several_kinds_are_told_apart(mcp):
    sql = f"{NUMBERS} SELECT i, i % 3 AS few, IFF(i % 2 = 0, NULL, -i / 2) AS half, i % 2 = 0 AS even FROM n ORDER BY i"
    columns = (await mcp("query_data_lake", sql=sql, max_rows=1))["summary"]["columns"]
    assert columns["i"] == {"non_null": 999, "distinct": 999, "min": 1, "max": 999}
    assert columns["few"] == {
        "non_null": 999,
        "distinct": 3,
        "min": 0,
        "max": 2,
        "top": [["1", 333], ["2", 333], ["0", 333]],
    }
    assert columns["half"] == {"non_null": 500, "distinct": 500, "min": -499.5, "max": -0.5}
    assert columns["even"] == {"non_null": 999, "distinct": 2, "top": [["false", 500], ["true", 499]]}


async def test_all_rows_need_no_summary(mcp):
    found = await mcp("query_data_lake", sql="SELECT p_row_id FROM okta_systemlog LIMIT 20", max_rows=20)
    assert not {"summary", "next_cursor", "note"} & found.keys()


WRONG = (
    "x",
    ":",
    "::::",
    "{id}",
    "{id}:",
    "{id}:999:0",
    "{id}:0:0:",
    "{id}:1000:0:",
    "{id}:-1:0:",
    "{id}:999:-1:",
    "{id}:999:999:",
    "{id}:999:1e2:",
    "{id}:999:¹:",
    "{id}:999:0:bm9uc2Vuc2U=",
    ":999:0:",
    "x" * 5_000,
)


@pytest.mark.parametrize("tool", ["query_data_lake", "get_data_lake_query"])
@pytest.mark.parametrize("cursor", WRONG)
async def test_a_wrong_cursor_is_refused(mcp, tool, cursor):
    ran = await mcp("query_data_lake", sql="SELECT p_row_id FROM okta_systemlog LIMIT 20", max_rows=2)
    given = {"sql": "SELECT 1"} if tool == "query_data_lake" else {"query_id": ran["query_id"]}
    error = await mcp.refused(tool, given | {"cursor": cursor.replace("{id}", ran["query_id"])})
    assert error["code"] == "invalid_input"
    assert len(error["message"]) < 300


async def test_a_cursor_of_a_query_that_is_gone_is_not_found(mcp):
    error = await mcp.refused("query_data_lake", sql="SELECT 1", cursor="no-such-query:999:0:")
    assert error["code"] == "not_found"


async def test_a_cursor_of_another_query_is_refused_where_the_query_is_named(mcp):
    one, other = [await mcp("query_data_lake", sql=f"{NUMBERS} SELECT i FROM n -- {n}", max_rows=1) for n in range(2)]
    error = await mcp.refused("get_data_lake_query", query_id=one["query_id"], cursor=other["next_cursor"])
    assert (error["code"], error["message"]) == ("invalid_input", "This cursor is of another query.")


EMPTY = {
    "a window": (
        "SELECT * FROM okta_systemlog WHERE p_occurs_since( '1 s' ) AND eventType = 'none'",
        "No rows: only events within p_occurs_since( '1 s' ) were looked at; text is compared exactly, upper and "
        "lower case included (ILIKE does not).",
    ),
    "an indicator": (
        "SELECT p_row_id FROM okta_systemlog WHERE ARRAY_CONTAINS('NOBODY'::VARIANT, p_any_usernames)",
        "No rows: text is compared exactly, upper and lower case included (ILIKE does not).",
    ),
    "neither": ("SELECT 1 AS one WHERE 1 > 2", "No rows."),
}


@pytest.mark.parametrize(("sql", "note"), EMPTY.values(), ids=EMPTY)
async def test_no_rows_say_why_that_may_be(mcp, sql, note):
    found = await mcp("query_data_lake", sql=sql)
    assert (found["rows"], found["note"]) == ([], note)


@pytest.mark.parametrize("text", ["p_occurs_since(" + "'" * 50_000, "= " + " " * 200_000, "p_occurs_" * 20_000])
async def test_an_odd_text_does_not_take_long_to_explain(mcp, text):
    sql = f"SELECT 1 AS one WHERE 1 > 2 /* {text} */"
    assert (await mcp("query_data_lake", sql=sql))["rows"] == []


async def test_what_panther_cut_is_told(mcp):
    sql = "SELECT a.p_row_id FROM aws_cloudtrail a, okta_systemlog b LIMIT 60000"
    found = await mcp("query_data_lake", sql=sql, max_rows=1)
    assert found["row_count"] == 50_000
    assert "only the first 50,000 are here" in found["note"]


STARTED = {"data": {"executeDataLakeQuery": {"id": "q1"}}}


def page(rows, *, cursor=None, status="succeeded", **more):
    results = {
        "columnInfo": {"order": ["n"], "types": {"n": "string"}},
        "edges": [{"node": row} for row in rows],
        "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor},
        "stats": {"rowCount": len(rows), "bytesScanned": 5},
    }
    return {"data": {"dataLakeQuery": {"id": "q1", "status": status, "message": "", "results": results | more}}}


async def test_a_query_takes_one_start_and_few_polls(script, scripted):
    running = {"data": {"dataLakeQuery": {"id": "q1", "status": "running"}}}
    script.answers |= {"StartDataLakeQuery": STARTED, "GetDataLakeQuery": [running, page([{"n": "1"}] * 500)]}
    found = await scripted("query_data_lake", sql="SELECT 1", max_rows=100)
    assert (len(found["rows"]), found["summary"]["based_on_rows"]) == (100, 500)
    assert [name for name, _ in script.asked] == ["StartDataLakeQuery", "GetDataLakeQuery", "GetDataLakeQuery"]
    assert script.asked[-1][1]["results"] == {"pageSize": 999}


async def test_rows_that_are_not_ready_are_asked_for_again(script, scripted):
    script.answers |= {"StartDataLakeQuery": STARTED, "GetDataLakeQuery": [page([], tryAgain=True), page([{"n": "1"}])]}
    assert (await scripted("query_data_lake", sql="SELECT 1"))["rows"] == [{"n": "1"}]


async def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(script, scripted):
    script.answers |= {
        "StartDataLakeQuery": STARTED,
        "GetDataLakeQuery": [page([{"n": "x" * (33 << 20)}]), page([{"n": "1"}] * 100, cursor="c:2")],
    }
    found = await scripted("query_data_lake", sql="SELECT 1", max_rows=100)
    assert [asked["results"]["pageSize"] for name, asked in script.asked if name == "GetDataLakeQuery"] == [999, 100]
    assert found["next_cursor"] == "q1:400:0:c:2"
    script.answers["GetDataLakeQuery"] = page([{"n": "2"}])
    on = await scripted("query_data_lake", sql="SELECT 1", cursor=found["next_cursor"])
    assert (on["rows"], script.asked[-1][1]["results"]) == ([{"n": "2"}], {"pageSize": 100, "cursor": "c:2"})


async def test_a_row_that_cannot_be_read_at_all_is_an_error_and_the_query_is_over(script, scripted):
    cancelled = {"data": {"cancelDataLakeQuery": {"id": "q1"}}}
    script.answers |= {"StartDataLakeQuery": STARTED, "CancelDataLakeQuery": cancelled}
    script.answers["GetDataLakeQuery"] = page([{"n": "x" * (33 << 20)}])
    error = await scripted.refused("query_data_lake", sql="SELECT 1")
    assert (error["code"], "larger than 32 MiB" in error["message"]) == ("upstream_error", True)
    assert script.asked[-1][0] == "CancelDataLakeQuery"

"""query_data_lake: rows as Snowflake gives them, reasons of failures, progress, and no query left running."""

import asyncio
import uuid

import pytest

from panther_mcp.http import PantherHttp
from panther_mcp.runtime import Call, Requester
from panther_mcp.sessions import Session
from panther_mcp.settings import Secret, Settings
from panther_overrides.workflows.common.lake_rows import all_rows

SLOW = (
    "SELECT COUNT(*) FROM aws_cloudtrail a, aws_cloudtrail b, aws_cloudtrail c, aws_cloudtrail d "
    "WHERE p_occurs_since('30 d', a) AND p_occurs_since('30 d', b) AND p_occurs_since('30 d', c) "
    "AND p_occurs_since('30 d', d) -- {mark}"
)


@pytest.fixture
def slow() -> str:
    """SQL that would run for minutes, and that no other test has."""
    return SLOW.format(mark=uuid.uuid4())


def mark(sql: str) -> str:
    return sql.partition("-- ")[2]


async def test_nested_values_and_types_arrive_as_they_are(mcp):
    sql = (
        "SELECT OBJECT_CONSTRUCT('a', ARRAY_CONSTRUCT(1, 'x')) AS nested, 1.5 AS number, TRUE AS flag, "
        "'' AS empty, NULL AS nothing, 'ü\u202e' AS text"
    )
    found = await mcp("query_data_lake", sql=sql)
    assert found["rows"] == [{"nested": {"a": [1, "x"]}, "number": 1.5, "flag": True, "empty": "", "text": "ü"}]
    assert list(found["columns"]) == ["nested", "number", "flag", "empty", "nothing", "text"]


async def test_no_rows_are_an_empty_list(mcp):
    sql = "SELECT 1 AS one FROM okta_systemlog WHERE 1 = 0 AND p_occurs_since('1 d')"
    found = await mcp("query_data_lake", sql=sql)
    assert (found["rows"], found["row_count"]) == ([], 0)
    assert "next_cursor" not in found


async def test_the_database_says_where_names_are_looked_up(mcp):
    sql = "SELECT COUNT(*) AS n FROM classification_failures"
    assert (await mcp("query_data_lake", sql=sql, database_name="panther_monitor.public"))["rows"][0]["n"] > 0
    assert "CLASSIFICATION_FAILURES" in (await mcp.refused("query_data_lake", sql=sql))["message"].upper()


FAILURES = {
    "not a number": ("SELECT 'abc'::int AS n", "Numeric value 'abc' is not recognized"),
    "not a group": (
        "SELECT eventName, COUNT(*) FROM aws_cloudtrail WHERE p_occurs_since('1 d')",
        "not a valid group by expression",
    ),
    "ambiguous": (
        "SELECT p_row_id FROM aws_cloudtrail a, okta_systemlog b "
        "WHERE p_occurs_since('1 d', a) AND p_occurs_since('1 d', b)",
        "ambiguous column name 'P_ROW_ID'",
    ),
    "not a time": ("SELECT 1 FROM aws_cloudtrail WHERE p_event_time > 'yesterday'", "'yesterday' is not recognized"),
}


@pytest.mark.parametrize(("sql", "reason"), FAILURES.values(), ids=FAILURES)
async def test_a_failing_query_gives_its_reason(mcp, panther, sql, reason):
    error = await mcp.refused("query_data_lake", sql=sql)
    assert error["code"] == "invalid_input"
    assert error["message"].startswith("Snowflake refused the query: ")
    assert reason.lower() in error["message"].lower()
    assert "get_table_schema" in error["hint"]
    assert error["details"]["query_id"] in [query["id"] for query in panther.queries(sql)]


async def test_an_unknown_database_is_not_found(mcp):
    error = await mcp.refused("query_data_lake", sql="SELECT 1", database_name="nope")
    assert (error["code"], "nope" in error["message"]) == ("not_found", True)


async def test_a_timeout_cancels_the_query(mcp, panther, slow):
    error = await mcp.refused("query_data_lake", sql=slow, timeout=1)
    assert (error["code"], error["retryable"]) == ("timeout", True)
    assert error["message"] == "The query did not finish within 1 s and was cancelled."
    assert "time range" in error["hint"]
    (query,) = panther.queries(mark(slow))
    assert query == {"id": error["details"]["query_id"], "sql": slow, "status": "cancelled"}


async def test_progress_is_reported_while_it_runs(mcp, slow):
    heard = []

    async def hear(done, total, message):
        heard.append((done, total, message))

    await mcp.client.call_tool_mcp("query_data_lake", {"sql": slow, "timeout": 1}, progress_handler=hear)
    assert len(heard) >= 2
    assert all((total, message) == (1, "the query is running") for _, total, message in heard)
    assert [done for done, _, _ in heard] == sorted(done for done, _, _ in heard)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_cancelled_call_cancels_the_query(connect, panther, until, slow, mode):
    async with connect(token=panther.token, instance_url=panther.url, mode=mode) as mcp:
        calling = asyncio.create_task(mcp.client.call_tool_mcp("query_data_lake", {"sql": slow, "timeout": 600}))
        await until(lambda: [one["status"] for one in panther.queries(mark(slow))] == ["running"], "it starts")
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await until(lambda: [one["status"] for one in panther.queries(mark(slow))] == ["cancelled"], "it ends")
        assert await mcp("query_data_lake", sql="SELECT 1 AS one"), "the server serves on"


async def test_a_query_that_somebody_cancels_in_panther_says_so(mcp, panther, until, slow):
    calling = asyncio.create_task(mcp.refused("query_data_lake", sql=slow, timeout=600))
    await until(lambda: panther.queries(mark(slow)), "it starts")
    (query,) = panther.queries(mark(slow))
    cancel = "mutation($id: ID!) { cancelDataLakeQuery(input: {id: $id}) { id } }"
    panther.graphql(cancel, id=query["id"])
    error = await calling
    assert (error["code"], error["details"]) == ("upstream_error", {"query_id": query["id"]})
    assert "cancelled in Panther" in error["message"]


async def test_calls_at_the_same_time_get_their_own_rows(mcp):
    calls = [mcp("query_data_lake", sql=f"SELECT {number} AS n") for number in range(8)]
    assert [found["rows"] for found in await asyncio.gather(*calls)] == [[{"n": number}] for number in range(8)]


@pytest.mark.parametrize(("most", "count"), [(2_500, 2_000), (2_000, 2_000), (1_999, 1_999), (5, 5)])
async def test_workflows_get_all_rows_up_to_a_bound(panther, most, count):
    async def hear(*_heard):
        pass

    http = PantherHttp(Settings(api_token=Secret(panther.token), instance_url=panther.url))
    sql = "SELECT ROW_NUMBER() OVER (ORDER BY a.p_row_id, b.p_row_id) AS i FROM okta_systemlog a, okta_systemlog b"
    try:
        requester = Requester(hear, Session())
        call = Call(http, tool="test", workflows=lambda name: pytest.fail(name), requester=requester, gate=None)
        found = await all_rows(
            call,
            f"{sql} QUALIFY i <= 2000 ORDER BY i",
            ["panther_logs.public.okta_systemlog"],
            database="panther_logs.public",
            timeout=30,
            most=most,
            progress=hear,
        )
    finally:
        await http.aclose()
    assert [row["i"] for row in found.rows] == list(range(1, count + 1))
    assert call.session.budget.scanned > 0
    assert panther.graphql("query($id: ID!) { dataLakeQuery(id: $id) { status } }", id=found.query_id)

"""Values in SQL of our own: whatever they hold, Snowflake reads exactly them, and nothing else."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from panther_mcp.errors import InvalidInput
from panther_mcp.sql_guard import check_sql
from panther_mcp.sql_guard.quoting import between, lake_time, plain_name, quoted, quoted_list, quoted_name

TEXTS = [
    "",
    "it's",
    "''",
    "' OR 1 = 1 --",
    "'; DROP TABLE x; --",
    "\\",
    "\\'",
    "\\\\' UNION SELECT 1 --",
    "a\nb\r\n\tc",
    "$$ x $$",
    '"',
    "/* x */ -- y // z",
    "{{ 7 * 7 }}",
    "{% include 'x' %}",
    "{# hidden #}",
    "{{{",
    "p_occurs_since('1 d')",
    "P_OCCURS_AFTER(SELECT 1)",
    "@stage $var ? :name",
    "ü 東京 🙂 \u202e \u200b",
    "%_",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_text_comes_back_as_it_was(mcp: Any, panther: Any, text: str) -> None:
    found = await mcp("query_data_lake", sql=f"SELECT {quoted(text)} AS t, 1 AS after_it")
    # Asked of Panther itself: what a model reads has no invisible characters.
    document = "query($id: ID!) { dataLakeQuery(id: $id) { results { edges { node } } } }"
    edges = panther.graphql(document, id=found["query_id"])["dataLakeQuery"]["results"]["edges"]
    assert [edge["node"] for edge in edges] == [{"t": text, "after_it": 1}]


async def test_a_list(mcp: Any) -> None:
    rows = f"SELECT 'x' AS t UNION ALL SELECT {quoted(TEXTS[3])}"
    found = await mcp("query_data_lake", sql=f"SELECT COUNT(*) AS n FROM ({rows}) WHERE t IN ({quoted_list(TEXTS)})")
    assert found["rows"] == [{"n": 1}]


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "TRUE"),
        (False, "FALSE"),
        (-5, "-5"),
        (1.5, "1.5"),
        (datetime(2026, 11, 18, 9, 33, 1, 999, tzinfo=UTC), "'2026-11-18 09:33:01'"),
        (datetime(2026, 11, 18, 9, 33, tzinfo=timezone(timedelta(hours=2))), "'2026-11-18 07:33:00'"),
        (datetime(2026, 11, 18, 9, 33), "'2026-11-18 09:33:00'"),
    ],
)
def test_other_values(value: Any, sql: str) -> None:
    assert quoted(value) == sql


@pytest.mark.parametrize("value", ["a\0b", float("nan"), float("inf"), float("-inf")])
def test_what_cannot_be_quoted(value: Any) -> None:
    with pytest.raises(InvalidInput):
        quoted(value)


async def test_names(mcp: Any) -> None:
    for name in ("n", "odd name", 'a "quoted" one', "select", "ü; DROP TABLE x"):
        found = await mcp("query_data_lake", sql=f"SELECT 1 AS {quoted_name(name)}")
        assert list(found["columns"]) == [name]
    for name in ("", "a\0b", "{{ x }}"):
        with pytest.raises(InvalidInput):
            quoted_name(name)


def test_plain_names() -> None:
    for name in ("aws_cloudtrail", "panther_logs.public.aws_cloudtrail", "_x$1"):
        assert plain_name(name) == name
    for name in ("", "a b", 'a"b', "a;b", "a.b.c.d", "1a", "a--b", "tâble"):
        with pytest.raises(InvalidInput):
            plain_name(name)


async def test_a_window_is_a_time_bound() -> None:
    assert lake_time("2026-11-18T09:33:00+02:00") == "2026-11-18 07:33:00"
    window = between("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z")
    assert (await check_sql(f"SELECT 1 FROM aws_cloudtrail WHERE {window}", "panther_logs")).warnings == ()

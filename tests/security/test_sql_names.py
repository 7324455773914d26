"""Tables and columns that the lake does not have: found before a query is sent, and never where it is not certain."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from panther_mcp.errors import InvalidInput, UpstreamError
from panther_mcp.sql_guard import check_sql
from panther_mcp.sql_guard.lake_schema import FAILURE_KEPT_SECONDS, KEPT_SECONDS, LakeSchema, SchemaCache

TABLES = {
    "panther_logs.public": {
        "aws_cloudtrail": ("eventName", "userIdentity", "p_event_time"),
        "okta_systemlog": ("actor",),
    },
    "panther_rule_matches.public": {"aws_cloudtrail": ("eventName", "p_rule_id")},
}
BOUND = "WHERE p_occurs_since('1 d')"


class Known:
    """A lake with two tables; `asked` has what it was asked for."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []

    async def tables(self, database: str) -> Sequence[str] | None:
        self.asked.append((database,))
        return list(TABLES[database]) if self.answers and database in TABLES else None

    async def columns(self, database: str, table: str) -> Sequence[str] | None:
        self.asked.append((database, table))
        return TABLES.get(database, {}).get(table) if self.answers else None


MISTAKES = {
    f"SELECT 1 FROM aws_cloudtrial {BOUND}": (
        "panther_logs.public has no table aws_cloudtrial. Did you mean aws_cloudtrail?"
    ),
    f"SELECT 1 FROM okta {BOUND}": "panther_logs.public has no table okta. Did you mean okta_systemlog?",
    f"SELECT eventNam FROM aws_cloudtrail {BOUND}": (
        "There is no column eventNam (line 1, column 8) in panther_logs.public.aws_cloudtrail. Did you mean eventName?"
    ),
    f"SELECT\n  t.user_identity:arn FROM aws_cloudtrail t {BOUND}": (
        "There is no column user_identity (line 2, column 5) in panther_logs.public.aws_cloudtrail. "
        "Did you mean userIdentity?"
    ),
    f"WITH a AS (SELECT eventName AS e FROM aws_cloudtrail {BOUND}) SELECT a.f FROM a": (
        "There is no column f (line 1, column 92) in what is read there."
    ),
    f"SELECT p_event_time FROM aws_cloudtrail {BOUND} ORDER BY evntName": "Did you mean eventName?",
    f"SELECT COUNT(*) FROM aws_cloudtrail {BOUND} AND EXISTS (SELECT 1 FROM aws_cloudtrail b {BOUND} AND b.nope = 1)": (
        "There is no column nope"
    ),
    "SELECT p_rule_id, zzz FROM panther_rule_matches.public.aws_cloudtrail " + BOUND: (
        "There is no column zzz (line 1, column 19) in panther_rule_matches.public.aws_cloudtrail."
    ),
}
CERTAIN_OF_NOTHING = [
    f'SELECT EVENTNAME, "EVENTNAME", eventname FROM aws_cloudtrail {BOUND}',
    f"SELECT userIdentity:nope.nope[0]:nope::string AS nope FROM aws_cloudtrail {BOUND} AND nope IS NOT NULL",
    f"SELECT p_any_something_new, p_udm:x FROM aws_cloudtrail {BOUND}",
    f"SELECT COUNT(*) AS n FROM aws_cloudtrail {BOUND} HAVING n > 1 ORDER BY n, ALL",
    f"SELECT f.value, f.index, value, path FROM aws_cloudtrail t, LATERAL FLATTEN(input => t.userIdentity) f {BOUND}",
    f"SELECT s.value, seq FROM aws_cloudtrail t, LATERAL SPLIT_TO_TABLE(t.eventName, 'x') s {BOUND}",
    f"SELECT x FROM (SELECT * FROM aws_cloudtrail {BOUND})",
    "SELECT whatever FROM panther_lookups.public.people JOIN aws_cloudtrail t ON TRUE WHERE p_occurs_since('1 d', t)",
    "SELECT a.anything, other FROM security.public.assets a, aws_cloudtrail t WHERE p_occurs_since('1 d', t)",
    "SELECT column_name, nothing FROM panther_logs.information_schema.columns",
    f"SELECT DATEADD(day, 1, p_event_time), LAST_DAY(p_event_time, month), CURRENT_USER FROM aws_cloudtrail {BOUND}",
    f"SELECT (SELECT MAX(eventName) FROM okta_systemlog o WHERE p_occurs_since('1 d', o)) FROM aws_cloudtrail {BOUND}",
    f"SELECT FILTER(p_any_ip_addresses, ip -> ip LIKE '10.%') FROM aws_cloudtrail {BOUND}",
    f"SELECT t.$1, $2, METADATA$ROW_ID FROM aws_cloudtrail t {BOUND}",
    "SELECT x.a, b FROM aws_cloudtrail AS x (a, b), okta_systemlog o, (SELECT 1 AS c) WHERE p_occurs_since('1 d', o)",
    f"SELECT a FROM (SELECT eventName FROM aws_cloudtrail {BOUND}) AS t (a)",
    "SELECT COLUMN1, v.column1, x FROM VALUES (1) v, (SELECT 1 AS x), aws_cloudtrail t WHERE p_occurs_since('1 d', t)",
    f"SELECT n FROM (SELECT eventName, 1 AS n FROM aws_cloudtrail {BOUND}) PIVOT(SUM(n) FOR eventName IN ('a'))",
    f"SELECT k FROM (SELECT * FROM okta_systemlog {BOUND}) MATCH_RECOGNIZE (MEASURES 1 AS k PATTERN (a) DEFINE a AS 1)",
    f"SELECT eventName AS e, e || 'x' AS g FROM aws_cloudtrail {BOUND} GROUP BY e, g ORDER BY g",
]


@pytest.mark.parametrize(("sql", "message"), MISTAKES.items(), ids=range(len(MISTAKES)))
async def test_mistakes(sql: str, message: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        await check_sql(sql, "panther_logs.public", lookup=Known())
    assert message in raised.value.message
    assert "get_table_schema" in raised.value.hint or "list_database_tables" in raised.value.hint


@pytest.mark.parametrize("sql", CERTAIN_OF_NOTHING)
async def test_what_is_not_certain_passes(sql: str) -> None:
    await check_sql(sql, "panther_logs.public", mode="warn", lookup=Known())


@pytest.mark.parametrize("sql", MISTAKES)
async def test_a_lookup_that_fails_refuses_nothing(sql: str) -> None:
    await check_sql(sql.replace("SELECT a.f", "SELECT a.e"), "panther_logs.public", lookup=Known(answers=False))


async def test_nothing_is_looked_up_when_the_guard_is_off() -> None:
    known = Known()
    for sql in MISTAKES:
        await check_sql(sql, "panther_logs.public", mode="off", lookup=known)
    assert known.asked == []


class Api:
    """A client that answers, or fails; `asked` counts."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self.asked = 0

    async def list_database_tables(self, input: Any) -> Any:  # noqa: A002 - as it is there
        raise AssertionError("no table is missing")

    async def get_table_schema(self, input: Any) -> Any:  # noqa: A002 - as it is there
        from panther_client.graphql.get_table_schema import GetTableSchemaDataLakeDatabaseTable

        self.asked += 1
        if not self.columns:
            raise UpstreamError("no")
        return GetTableSchemaDataLakeDatabaseTable.model_validate(
            {"name": input.tableName, "columns": [{"name": name, "type": "string"} for name in self.columns]}
        )


@pytest.mark.parametrize(("columns", "kept"), [(("a", "b"), KEPT_SECONDS), ((), FAILURE_KEPT_SECONDS)])
async def test_answers_are_kept_for_a_while(columns: tuple[str, ...], kept: float) -> None:
    now = 0.0
    api = Api(*columns)
    schema = LakeSchema(api, SchemaCache(lambda: now))
    for moment, asked in ((0.0, 1), (kept - 1, 1), (kept + 1, 2)):
        now = moment
        assert await schema.columns("panther_logs.public", "t") == (list(columns) or None)
        assert api.asked == asked


@pytest.fixture
async def mcp(panther: Any, connect: Any) -> AsyncIterator[Any]:
    """A client of a server that checks SQL as servers do."""
    async with connect(token=panther.token, instance_url=panther.url, sql_guard="enforce") as caller:
        yield caller


async def test_through_mcp(mcp: Any, panther: Any) -> None:
    before = [query["id"] for query in panther.queries("")[:1]]
    error = await mcp.refused("query_data_lake", sql=f"SELECT eventNam FROM aws_cloudtrail {BOUND}")
    assert (error["code"], "Did you mean eventName" in error["message"]) == ("invalid_input", True)
    error = await mcp.refused("query_data_lake", sql=f"SELECT 1 FROM panther_logs.public.github_audits {BOUND}")
    assert "Did you mean github_audit?" in error["message"]
    assert [query["id"] for query in panther.queries("")[:1]] == before


async def test_through_mcp_a_schema_that_cannot_be_read_is_no_obstacle(mcp: Any, panther: Any) -> None:
    faults = ["errors=only;operation=dataLakeDatabaseTable", "errors=only;operation=dataLakeDatabaseTables"]
    panther.put("/sandbox/faults", {"faults": faults})
    try:
        found = await mcp("query_data_lake", sql=f"SELECT COUNT(*) AS n FROM gsuite_reports {BOUND}")
        assert "warnings" not in found
        error = await mcp.refused("query_data_lake", sql=f"SELECT nope FROM gsuite_reports {BOUND}")
        assert error["message"].startswith("Snowflake refused the query")
    finally:
        panther.put("/sandbox/faults", {"faults": []})

"""Queries run in the background: pages of stored rows, history, cancelling, and one that never ends."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from panther_sandbox.lake.jobs import QueryJobs
from panther_sandbox.sandbox import open_sandbox

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

ENDLESS = (
    "SELECT COUNT(*) AS n FROM aws_cloudtrail a, aws_cloudtrail b, aws_cloudtrail c, aws_cloudtrail d, aws_cloudtrail e"
)
CANCEL = "mutation($id: ID!) { cancelDataLakeQuery(input: {id: $id}) { id } }"
HISTORY = """
query($input: DataLakeQueriesInput) {
  dataLakeQueries(input: $input) {
    edges { node { id sql name status isScheduled issuedBy { __typename } } } pageInfo { hasNextPage endCursor }
  }
}
"""


def test_pages_cover_all_rows_once(panther: Any) -> None:
    query_id = panther.start_query("SELECT p_row_id FROM aws_cloudtrail ORDER BY p_row_id")
    seen: list[str] = []
    cursor = None
    while True:
        results = panther.finished_query(query_id, pageSize=400, cursor=cursor)["results"]
        seen += [edge["node"]["p_row_id"] for edge in results["edges"]]
        cursor = results["pageInfo"]["endCursor"]
        if not results["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == results["stats"]["rowCount"]
    assert seen == sorted(seen)


def test_a_page_is_never_larger_than_999(panther: Any) -> None:
    query = panther.query("SELECT p_row_id FROM panther_views.public.all_logs", pageSize=5000)
    assert len(query["results"]["edges"]) == 999
    assert query["results"]["pageInfo"]["hasNextPage"]


def test_cursors_read_stored_rows(panther: Any) -> None:
    query_id = panther.start_query("SELECT UUID_STRING() AS u FROM aws_cloudtrail LIMIT 10")
    first = panther.finished_query(query_id, pageSize=10)["results"]["edges"]
    assert panther.read_query(query_id, pageSize=10)["results"]["edges"] == first


def test_a_foreign_cursor_is_refused(panther: Any) -> None:
    one, other = panther.start_query("SELECT 1 AS a"), panther.start_query("SELECT 2 AS a UNION ALL SELECT 3")
    panther.finished_query(one)
    cursor = panther.finished_query(other, pageSize=1)["results"]["pageInfo"]["endCursor"]
    document = "query($id: ID!, $c: String) { dataLakeQuery(id: $id) { results(input: {cursor: $c}) { tryAgain } } }"
    assert panther.error(document, id=one, c=cursor) == "invalid cursor"
    assert panther.error(document, id=one, c="%%%") == "invalid cursor"


def test_types_of_columns(panther: Any) -> None:
    query = panther.query(
        "SELECT p_event_time, eventName, requestParameters, p_any_ip_addresses, COUNT(*) AS n, TRUE AS b"
        " FROM aws_cloudtrail GROUP BY ALL LIMIT 1"
    )
    assert query["results"]["columnInfo"]["types"] == {
        "p_event_time": "timestamp",
        "eventName": "string",
        "requestParameters": "variant",
        "p_any_ip_addresses": "array",
        "n": "bigint",
        "b": "boolean",
    }


def test_an_endless_query_starves_nobody_and_can_be_cancelled(panther: Any) -> None:
    endless = [panther.start_query(ENDLESS) for _ in range(3)]
    assert panther.rows("SELECT 1 AS a") == [{"a": 1}]
    assert {panther.read_query(query_id)["status"] for query_id in endless} == {"running"}
    began = time.monotonic()
    for query_id in endless:
        assert panther.data(CANCEL, id=query_id)["cancelDataLakeQuery"]["id"] == query_id
        query = panther.read_query(query_id)
        assert (query["status"], query["results"]) == ("cancelled", None)
    assert time.monotonic() - began < 5


def test_a_query_that_takes_too_long_is_stopped() -> None:
    sandbox = open_sandbox(now=NOW)
    jobs = QueryJobs(sandbox.lake, sandbox.store.queries, sandbox.clock, time_limit=0.2)
    query_id = jobs.submit(ENDLESS, "panther_logs", "nobody")
    deadline = time.monotonic() + 10
    while (query := sandbox.store.queries.get(query_id))["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    jobs.close()
    sandbox.close()
    assert query["status"] == "failed"
    assert "timeout" in query["message"]


def test_closing_ends_what_still_runs() -> None:
    sandbox = open_sandbox(now=NOW)
    for _ in range(10):
        sandbox.jobs.submit(ENDLESS, "panther_logs", "nobody")
    began = time.monotonic()
    sandbox.close()
    assert time.monotonic() - began < 8


def test_cancelling_what_has_ended_changes_nothing(panther: Any) -> None:
    query = panther.query("SELECT 1 AS a")
    panther.data(CANCEL, id=query["id"])
    assert panther.read_query(query["id"])["status"] == "succeeded"
    assert panther.error(CANCEL, id="nope") == "data lake query not found: nope"


def test_history(panther: Any) -> None:
    marker = "a marker of this test"
    query_id = panther.query(f"SELECT '{marker}' AS m")["id"]
    found = panther.data(HISTORY, input={"contains": marker})["dataLakeQueries"]["edges"]
    assert [(edge["node"]["id"], edge["node"]["issuedBy"]["__typename"]) for edge in found] == [(query_id, "APIToken")]
    scheduled = panther.data(HISTORY, input={"isScheduled": True})["dataLakeQueries"]["edges"]
    assert [edge["node"]["name"] for edge in scheduled] == ["AWS access keys by address"]
    failed = panther.data(HISTORY, input={"status": ["failed"], "startedAtBefore": "2026-11-20T00:00:00Z"})
    assert [edge["node"]["status"] for edge in failed["dataLakeQueries"]["edges"]] == ["failed"]
    page = panther.data(HISTORY, input={"pageSize": 1})["dataLakeQueries"]
    second = panther.data(HISTORY, input={"pageSize": 1, "cursor": page["pageInfo"]["endCursor"]})["dataLakeQueries"]
    assert page["edges"][0]["node"]["id"] != second["edges"][0]["node"]["id"]


def test_databases_and_tables(panther: Any) -> None:
    databases = panther.data("{ dataLakeDatabases { name description tables { name logType } } }")["dataLakeDatabases"]
    logs = next(database for database in databases if database["name"] == "panther_logs.public")
    assert {"name": "okta_systemlog", "logType": "Okta.SystemLog"} in logs["tables"]
    document = """
    query($input: DataLakeDatabaseTablesInput!) {
      dataLakeDatabaseTables(input: $input) { edges { node { name } } pageInfo { hasNextPage endCursor } }
    }
    """
    page = panther.data(document, input={"databaseName": "panther_logs", "pageSize": 3})["dataLakeDatabaseTables"]
    rest = panther.data(
        document, input={"databaseName": "panther_logs", "pageSize": 3, "cursor": page["pageInfo"]["endCursor"]}
    )["dataLakeDatabaseTables"]
    names = [edge["node"]["name"] for edge in (*page["edges"], *rest["edges"])]
    assert names == ["aws_cloudtrail", "aws_vpcflow", "github_audit", "gsuite_reports", "okta_systemlog"]
    assert not rest["pageInfo"]["hasNextPage"]


def test_columns_of_a_table_are_those_of_a_query(panther: Any) -> None:
    document = """
    query($input: DataLakeDatabaseTableInput!) { dataLakeDatabaseTable(input: $input) { name columns { name type } } }
    """
    asked = {"databaseName": "panther_logs.public", "tableName": "AWS_VPCFLOW"}
    columns = panther.data(document, input=asked)["dataLakeDatabaseTable"]["columns"]
    types = {column["name"]: column["type"] for column in columns}
    info = panther.query("SELECT * FROM aws_vpcflow LIMIT 1")["results"]["columnInfo"]
    assert info["order"] == list(types)
    assert info["types"] == types
    asked["tableName"] = "nope"
    assert panther.error(document, input=asked) == "table not found: panther_logs.public.nope"


def test_a_result_with_too_many_rows_says_so(panther: Any) -> None:
    query = panther.query("SELECT SEQ4() AS s FROM TABLE(GENERATOR(ROWCOUNT => 50001))", pageSize=1)
    assert query["results"]["stats"]["rowCount"] == 50_000
    assert "only the first 50,000" in query["message"]
    query = panther.query("SELECT SEQ4() AS s FROM TABLE(GENERATOR(ROWCOUNT => 50000))", pageSize=1)
    assert (query["results"]["stats"]["rowCount"], query["message"]) == (50_000, "")


def test_a_view_scans_the_tables_beneath_it(panther: Any) -> None:
    def scanned(sql: str) -> int:
        return int(panther.query(sql)["results"]["stats"]["bytesScanned"])

    names = ("aws_cloudtrail", "aws_vpcflow", "github_audit", "gsuite_reports", "okta_systemlog")
    tables = [scanned(f"SELECT COUNT(*) AS n FROM {name}") for name in names]
    assert all(tables)
    assert scanned("SELECT COUNT(*) AS n FROM panther_views.public.all_logs") == sum(tables)
    assert scanned("SELECT 1 AS one") == 0

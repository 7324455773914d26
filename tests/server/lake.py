"""The lake as plain HTTP sees it, and the filtering in Python that tells what our SQL must find."""

import time
from typing import Any

import httpx2

DOCUMENT = (
    "query($id: ID!, $cursor: String) { dataLakeQuery(id: $id) { status message results(input: {cursor: $cursor}) "
    "{ edges { node } pageInfo { hasNextPage endCursor } } } }"
)
HISTORY = (
    "query($s: DateTime) { dataLakeQueries(input: {pageSize: 100, startedAtAfter: $s}) { edges { node "
    "{ id status sql children { id status } } } } }"
)
START = "mutation($sql: String!) { executeDataLakeQuery(input: {sql: $sql}) { id } }"
TABLES = ("aws_cloudtrail", "aws_vpcflow", "github_audit", "gsuite_reports", "okta_systemlog")


def started(panther: Any, sql: str) -> str:
    """The id of a query that now runs."""
    return panther.graphql(START, sql=sql)["executeDataLakeQuery"]["id"]


def rows_of(panther: Any, sql: str) -> list[dict[str, Any]]:
    """All rows of some SQL, nulls left out."""
    query_id, rows, cursor = started(panther, sql), [], None
    while True:
        query = panther.graphql(DOCUMENT, id=query_id, cursor=cursor)["dataLakeQuery"]
        if query["status"] == "running":
            time.sleep(0.02)
            continue
        assert query["status"] == "succeeded", query
        page = query["results"]
        rows += [{name: item for name, item in edge["node"].items() if item is not None} for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return rows


def events_with(panther: Any, *values: str, columns: str = "p_any_") -> dict[str, list[dict[str, Any]]]:
    """The events whose indicators hold one of the values, by log type; found in Python, not by SQL."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES:
        for row in rows_of(panther, f"SELECT * FROM panther_logs.public.{table} ORDER BY p_event_time, p_row_id"):
            held = {item for name, items in row.items() if name.startswith(columns) for item in items}
            if held & set(values):
                found.setdefault(row["p_log_type"], []).append(row)
    return found


def history(panther: Any, since: str) -> list[dict[str, Any]]:
    """The queries that were started from a time on."""
    return [edge["node"] for edge in panther.graphql(HISTORY, s=since)["dataLakeQueries"]["edges"]]


def running(panther: Any, since: str) -> list[str]:
    """The ids of the queries, and of their parts, that were started from a time on and still run."""
    everything = [one for query in history(panther, since) for one in (query, *query["children"])]
    return [one["id"] for one in everything if one["status"] == "running"]


def faults_of(panther: Any, *given: str) -> None:
    """Make a sandbox of the test's own go wrong from now on, or with none given go right."""
    headers = {"X-API-Key": panther.token}
    with httpx2.Client(base_url=panther.url, headers=headers, trust_env=False) as http:
        http.put("/sandbox/faults", json={"faults": given}).raise_for_status()

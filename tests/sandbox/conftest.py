"""A running sandbox for the tests, and a small client that speaks to it over real HTTP."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from panther_sandbox.server import SandboxAddress, SandboxServer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_QUERY = """
query($id: ID!, $input: DataLakeQueryResultsInput) {
  dataLakeQuery(id: $id) {
    id status message sql isScheduled startedAt completedAt issuedBy { __typename }
    results(input: $input) {
      columnInfo { order types }
      edges { node }
      pageInfo { hasNextPage endCursor }
      stats { rowCount executionTime bytesScanned }
    }
  }
}
"""


class Panther:
    """A client with one token."""

    def __init__(self, address: SandboxAddress, token: str) -> None:
        self.address = address
        self.http = httpx2.Client(base_url=address.instance_url, headers={"X-API-Key": token}, timeout=30)

    def graphql(self, document: str, **variables: Any) -> dict[str, Any]:
        response = self.http.post("/public/graphql", json={"query": document, "variables": variables})
        assert response.status_code == 200, response.text
        return response.json()

    def data(self, document: str, **variables: Any) -> dict[str, Any]:
        body = self.graphql(document, **variables)
        assert "errors" not in body, body
        return body["data"]

    def error(self, document: str, **variables: Any) -> str:
        return self.graphql(document, **variables)["errors"][0]["message"]

    def start_query(self, sql: str, database: str = "panther_logs") -> str:
        document = "mutation($input: ExecuteDataLakeQueryInput!) { executeDataLakeQuery(input: $input) { id } }"
        return self.data(document, input={"sql": sql, "databaseName": database})["executeDataLakeQuery"]["id"]

    def read_query(self, query_id: str, **page: Any) -> dict[str, Any]:
        return self.data(_QUERY, id=query_id, input=page)["dataLakeQuery"]

    def finished_query(self, query_id: str, **page: Any) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while (query := self.read_query(query_id, **page))["status"] == "running":
            assert time.monotonic() < deadline, "the query did not end"
            time.sleep(0.01)
        return query

    def query(self, sql: str, database: str = "panther_logs", **page: Any) -> dict[str, Any]:
        return self.finished_query(self.start_query(sql, database), **page)

    def rows(self, sql: str, database: str = "panther_logs") -> list[dict[str, Any]]:
        query = self.query(sql, database)
        assert query["status"] == "succeeded", query["message"]
        return [edge["node"] for edge in query["results"]["edges"]]

    def alerts(self, **wanted: Any) -> list[dict[str, Any]]:
        given = {"createdAtAfter": "2026-11-01T00:00:00Z", "createdAtBefore": "2026-11-30T00:00:00Z", "pageSize": 50}
        document = """
        query($input: AlertsInput!) {
          alerts(input: $input) {
            edges { node { id title severity status type createdAt origin { ... on Detection { id } } } }
          }
        }
        """
        return [edge["node"] for edge in self.data(document, input=given | wanted)["alerts"]["edges"]]

    def alert_of(self, rule_id: str) -> dict[str, Any]:
        return next(alert for alert in self.alerts() if alert["origin"].get("id") == rule_id)


@pytest.fixture(scope="session")
def address() -> Iterator[SandboxAddress]:
    """Where the sandbox is that tests only read from; PANTHER_SANDBOX_TEST_SCALE grows its lake to so many rows."""
    with SandboxServer(now=NOW, scale=int(os.environ.get("PANTHER_SANDBOX_TEST_SCALE", "0"))) as running:
        yield running


@pytest.fixture(scope="session")
def panther(address: SandboxAddress) -> Iterator[Panther]:
    """A client that may do everything; tests only read with it."""
    client = Panther(address, address.api_token)
    yield client
    client.http.close()


@pytest.fixture(scope="session")
def reader(address: SandboxAddress) -> Iterator[Panther]:
    """A client whose token only reads."""
    client = Panther(address, address.read_only_token)
    yield client
    client.http.close()


@pytest.fixture(scope="module")
def writable() -> Iterator[Panther]:
    """A client of a sandbox of the test module's own, which it may change."""
    with SandboxServer(now=NOW) as running:
        client = Panther(running, running.api_token)
        yield client
        client.http.close()

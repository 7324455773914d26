"""The data lake in GraphQL: databases and tables, and queries that run in the background."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from panther_sandbox.auth import Caller
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later, page_info, time_argument
from panther_sandbox.graphql_api.people import actor_node
from panther_sandbox.lake.catalog import DATABASES, database_name, find_table, tables_of
from panther_sandbox.lake.columns import Table
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.queries import QueryFilter
from panther_sandbox.store.store import Store

MAX_ROWS = 999
Input = dict[str, Any]


def _database_node(name: str) -> dict[str, Any]:
    return {
        "name": f"{name}.public",
        "description": DATABASES[name],
        "tables": later(lambda: [_table_node(table) for table in tables_of(name)]),
    }


def _table_node(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "displayName": table.name,
        "description": table.description,
        "logType": table.log_type,
        "numMatches": None,
        "columns": [
            {"name": column.name, "type": column.type, "description": column.description} for column in table.columns
        ],
    }


def _query_node(store: Store, query: Record) -> dict[str, Any]:
    def results(_info: GraphQLResolveInfo, input: Input | None = None) -> dict[str, Any] | None:  # noqa: A002 - GraphQL's name
        return _results(store, query, input or {})

    return {
        "id": query["id"],
        "sql": query["sql"],
        "name": query["name"],
        "status": query["status"],
        "message": query["message"],
        "isScheduled": query["is_scheduled"],
        "issuedBy": later(lambda: actor_node(store, query["issued_by"])),
        "startedAt": query["started_at"],
        "completedAt": query["completed_at"],
        "children": [],
        "results": results,
    }


def _results(store: Store, query: Record, asked: Input) -> dict[str, Any] | None:
    """Return a page of stored rows; a query that gave none, for it failed or still runs, has no results at all."""
    if query["status"] != "succeeded":
        return None
    size = page_size(asked.get("pageSize"), default=MAX_ROWS, most=MAX_ROWS)
    page = store.queries.rows(query["id"], asked.get("cursor"), size)
    return {
        "columnInfo": {"order": query["columns"], "types": query["types"]},
        "edges": [{"id": row.get("p_row_id"), "node": row} for row in page.items],
        "pageInfo": page_info(page),
        "stats": {
            "bytesScanned": query["bytes_scanned"],
            "executionTime": query["execution_ms"],
            "rowCount": query["row_count"],
        },
        "actorProfiles": [],
        "tryAgain": False,
    }


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    store = sandbox.store

    def table(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = find_table(database_name(input["databaseName"]), input["tableName"])
        if found is None:
            raise ObjectNotFoundError("table", f"{input['databaseName']}.{input['tableName']}")
        return _table_node(found)

    def tables(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        name = database_name(input["databaseName"])
        size = page_size(input.get("pageSize"), default=25, most=100)
        page = slice_page(f"tables.{name}", tables_of(name), input.get("cursor"), size)
        return connection(page, [_table_node(found) for found in page.items])

    def history(_caller: Caller, input: Input | None = None) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        asked = input or {}
        wanted = QueryFilter(
            contains=asked.get("contains"),
            is_scheduled=asked.get("isScheduled"),
            issued_by=asked.get("issuedBy") or (),
            statuses=asked.get("status") or (),
            started_after=time_argument("startedAtAfter", asked.get("startedAtAfter")),
            started_before=time_argument("startedAtBefore", asked.get("startedAtBefore")),
            descending=asked.get("sortDir") != "ascending",
        )
        size = page_size(asked.get("pageSize"), default=25, most=100)
        page = store.queries.page(wanted, asked.get("cursor"), size)
        return connection(page, [_query_node(store, query) for query in page.items])

    def query(_caller: Caller, id: str, root: bool = False) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        return _query_node(store, store.queries.get(id))

    def databases(_caller: Caller) -> list[dict[str, Any]]:
        return [_database_node(name) for name in DATABASES]

    def database(_caller: Caller, name: str) -> dict[str, Any]:
        return _database_node(database_name(name))

    read = ("DataAnalyticsRead",)
    return {
        "dataLakeDatabases": Operation(databases, read),
        "dataLakeDatabase": Operation(database, read),
        "dataLakeDatabaseTables": Operation(tables, read),
        "dataLakeDatabaseTable": Operation(table, read),
        "dataLakeQuery": Operation(query, read),
        "dataLakeQueries": Operation(history, read),
    }


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""

    def execute(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        if not input["sql"].strip():
            raise InvalidInputError("sql must not be empty")
        database = database_name(input.get("databaseName") or "panther_logs")
        return {"id": sandbox.jobs.submit(input["sql"], database, caller.token_id)}

    def cancel(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        sandbox.jobs.cancel(input["id"])
        return {"id": input["id"]}

    read = ("DataAnalyticsRead",)
    return {
        "executeDataLakeQuery": Operation(execute, read),
        "cancelDataLakeQuery": Operation(cancel, read),
    }

"""The data lake in GraphQL: databases and tables, and queries that run in the background."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from panther_sandbox.auth import Caller
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.actors import actor_node
from panther_sandbox.graphql_api.operation import Operation, Operations, connection, later, page_info, time_argument
from panther_sandbox.lake.catalog import DATABASES, database_name
from panther_sandbox.lake.columns import Table
from panther_sandbox.paging import page_size, slice_page
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.searches import search_actor, search_indicators, settled, tables_to_search
from panther_sandbox.store.database import Record
from panther_sandbox.store.queries import QueryFilter
from panther_sandbox.store.store import Store

MAX_ROWS = 999
Input = dict[str, Any]


def _database_node(sandbox: Sandbox, name: str) -> dict[str, Any]:
    return {
        "name": f"{name}.public",
        "description": DATABASES[name],
        "tables": later(lambda: [_table_node(table) for table in sandbox.catalog.tables_of(name)]),
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


def _query_node(sandbox: Sandbox, given: Record) -> dict[str, Any]:
    store, query = sandbox.store, settled(sandbox, given)

    def results(_info: GraphQLResolveInfo, input: Input | None = None) -> dict[str, Any] | None:  # noqa: A002 - GraphQL's name
        return _results(store, query, input or {})

    return {
        "id": query["id"],
        "sql": query["sql"],
        "name": query["name"] or "",
        "status": query["status"],
        "message": query["message"],
        "isScheduled": query["is_scheduled"],
        "issuedBy": later(lambda: actor_node(store, query["issued_by"])),
        "startedAt": query["started_at"],
        "completedAt": query["completed_at"],
        "children": later(lambda: [_query_node(sandbox, child) for child in store.queries.children(query["id"])]),
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
        found = sandbox.catalog.find(database_name(input["databaseName"]), input["tableName"])
        if found is None:
            raise ObjectNotFoundError("table", f"{input['databaseName']}.{input['tableName']}")
        return _table_node(found)

    def tables(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        name = database_name(input["databaseName"])
        size = page_size(input.get("pageSize"), default=25, most=100)
        page = slice_page(f"tables.{name}", sandbox.catalog.tables_of(name), input.get("cursor"), size)
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
        for running in store.queries.running_parents():
            settled(sandbox, running)
        page = store.queries.page(wanted, asked.get("cursor"), size)
        return connection(page, [_query_node(sandbox, query) for query in page.items])

    def query(_caller: Caller, id: str, root: bool = False) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = store.queries.get(id)
        if root and found["parent_id"]:
            found = store.queries.get(found["parent_id"])
        return _query_node(sandbox, found)

    def databases(_caller: Caller) -> list[dict[str, Any]]:
        return [_database_node(sandbox, name) for name in DATABASES]

    def database(_caller: Caller, name: str) -> dict[str, Any]:
        return _database_node(sandbox, database_name(name))

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
        for part in sandbox.store.queries.children(input["id"]):
            sandbox.jobs.cancel(part["id"])
        sandbox.jobs.cancel(input["id"])
        return {"id": input["id"]}

    def indicators(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        first, last = (time_argument(name, input[name]) for name in ("startTime", "endTime"))
        if first is None or last is None:
            raise InvalidInputError("startTime and endTime are required")
        tables = tables_to_search(sandbox, input.get("databases") or (), input.get("tables") or ())
        kind = input.get("indicatorName") or "AutoDetectType"
        given = input["indicators"]
        return {"id": search_indicators(sandbox, caller.token_id, given, kind, (first, last), tables)}

    def actor(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        limit = page_size(input.get("limit"), default=25, most=MAX_ROWS)
        return {"id": search_actor(sandbox, caller.token_id, input["alertId"], limit)}

    read = ("DataAnalyticsRead",)
    return {
        "executeDataLakeQuery": Operation(execute, read),
        "cancelDataLakeQuery": Operation(cancel, read),
        "executeIndicatorSearchQuery": Operation(indicators, read),
        "executeAlertActorQuery": Operation(actor, read),
    }

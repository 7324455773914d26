"""Searches over many tables at once: each table is a data lake query, and the search is the parent of them all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from panther_sandbox.clock import api_time, lake_time, parse_time
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.lake.catalog import database_name
from panther_sandbox.lake.columns import LOGS, Table
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record

_MOST_INDICATORS = 100
_MOST_TABLES = 100
_DAY = timedelta(days=1)
# How an indicator looks -> the column that holds such ones; the first that fits is meant.
_SHAPES = (
    (re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:]+"), "p_any_ip_addresses"),
    (re.compile(r"[^@\s]+@[^@\s]+"), "p_any_emails"),
    (re.compile(r"arn:aws[\w-]*:.+"), "p_any_aws_arns"),
    (re.compile(r"\d{12}"), "p_any_aws_account_ids"),
    (re.compile(r"[0-9a-fA-F]{64}"), "p_any_sha256_hashes"),
    (re.compile(r"[0-9a-fA-F]{40}"), "p_any_sha1_hashes"),
    (re.compile(r"[0-9a-fA-F]{32}"), "p_any_md5_hashes"),
    (re.compile(r"i-[0-9a-f]{8,17}"), "p_any_aws_instance_ids"),
    (re.compile(r"([\w-]+\.)+[a-zA-Z]{2,}"), "p_any_domain_names"),
)
# What no shape tells: names and ids.
_UNSHAPED = ("p_any_usernames", "p_any_trace_ids", "p_any_actor_ids")
_ACTOR_COLUMNS = ("p_any_usernames", "p_any_emails", "p_any_actor_ids", "p_any_aws_arns")


def search_indicators(
    sandbox: Sandbox,
    token_id: str,
    indicators: Sequence[str],
    kind: str,
    between: tuple[str, str],
    tables: Sequence[Table],
) -> str:
    """Start looking for indicators in tables and return the search's id."""
    first, last = (parse_time(moment) for moment in between)
    if first >= last:
        raise InvalidInputError("startTime must be before endTime")
    if not 1 <= len(indicators) <= _MOST_INDICATORS:
        raise InvalidInputError(f"indicators must be between 1 and {_MOST_INDICATORS}")
    statements = [
        _statement(table, conditions, first, last, 1000)
        for table in tables
        if (conditions := [part for indicator in indicators for part in _conditions(table, indicator, kind)])
    ]
    return _start(sandbox, token_id, f"Indicator search: {', '.join(indicators)}", statements)


def search_actor(sandbox: Sandbox, token_id: str, alert_id: str, limit: int) -> str:
    """Start gathering what an alert's actors did around it, and return the search's id."""
    alert = sandbox.store.alerts.get(alert_id)
    events = sandbox.store.alerts.events(alert_id, None, 250).items
    wanted = {
        column: sorted({value for event in events for value in event.get(column) or ()})[:_MOST_INDICATORS]
        for column in _ACTOR_COLUMNS
    }
    first = parse_time(alert["first_event_at"] or alert["created_at"]) - _DAY
    last = parse_time(alert["last_event_at"]) + _DAY
    statements: list[str] = []
    for table in sandbox.catalog.tables_of(LOGS):
        names = {column.name for column in table.columns}
        parts = [_holds(column, value) for column, values in wanted.items() if column in names for value in values]
        if parts:
            statements.append(_statement(table, parts, first, last, limit))
    return _start(sandbox, token_id, f"Actor search for alert {alert_id}", statements)


def tables_to_search(sandbox: Sandbox, databases: Sequence[str], names: Sequence[str]) -> list[Table]:
    """Return the tables asked for: those named, or every one of the databases (the logs', by default)."""
    searched = [database_name(name) for name in databases] or [LOGS]
    tables = [table for database in searched for table in sandbox.catalog.tables_of(database)]
    if names:
        wanted = {name.lower().rpartition(".")[2] for name in names}
        unknown = wanted - {table.name for table in tables}
        if unknown:
            raise ObjectNotFoundError("table", ", ".join(sorted(unknown)))
        tables = [table for table in tables if table.name in wanted]
    return tables[:_MOST_TABLES]


def settled(sandbox: Sandbox, query: Record) -> Record:
    """Return a query; a search ends when all of its parts have, and its record is brought up to that."""
    children = sandbox.store.queries.children(query["id"]) if query["status"] == "running" else []
    statuses = {child["status"] for child in children}
    if not children or "running" in statuses:
        return query
    status = next((name for name in ("failed", "cancelled") if name in statuses), "succeeded")
    changes = {
        "status": status,
        "message": next((child["message"] for child in children if child["status"] == status), ""),
        "completed_at": max(child["completed_at"] for child in children),
        "row_count": sum(child["row_count"] for child in children),
        "bytes_scanned": sum(child["bytes_scanned"] for child in children),
        "execution_ms": max(child["execution_ms"] for child in children),
    }
    sandbox.store.queries.finish(query["id"], changes)
    return sandbox.store.queries.get(query["id"])


def _start(sandbox: Sandbox, token_id: str, name: str, statements: Sequence[str]) -> str:
    search_id = str(uuid.uuid4())
    store = sandbox.store
    now = api_time(sandbox.clock.now())
    sql = ";\n".join(statements)
    with store.database.transaction():
        store.queries.add({"id": search_id, "name": name, "sql": sql, "issued_by": token_id, "started_at": now})
        for statement in statements:
            store.queries.adopt(search_id, sandbox.jobs.submit(statement, LOGS, token_id))
    if not statements:
        store.queries.finish(search_id, {"status": "succeeded", "completed_at": now})
    return search_id


def _statement(table: Table, conditions: Iterable[str], first: datetime, last: datetime, limit: int) -> str:
    either = " OR ".join(conditions)
    return (
        # The names are the catalog's, the values are quoted below; it runs in the lake, which only reads.
        f"SELECT * FROM {table.qualified_name} "  # noqa: S608 - see above
        f"WHERE p_event_time BETWEEN '{lake_time(first)}'::timestamp AND '{lake_time(last)}'::timestamp "
        f"AND ({either}) ORDER BY p_event_time LIMIT {limit}"
    )


def _conditions(table: Table, indicator: str, kind: str) -> list[str]:
    names = {column.name for column in table.columns}
    if "p_event_time" not in names:
        return []
    if kind in ("SimpleSearch", "TextSearch"):
        texts = [column.name for column in table.columns if column.type == "string"]
        arrays = [name for name in names if name.startswith("p_any_")]
        pattern = _quoted(f"%{indicator}%")
        return [f'"{name}" ILIKE {pattern}' for name in texts] + [_holds(name, indicator) for name in sorted(arrays)]
    columns: tuple[str, ...] = (kind,)
    if kind == "AutoDetectType":
        shaped = next((column for shape, column in _SHAPES if shape.fullmatch(indicator)), None)
        columns = (shaped,) if shaped else _UNSHAPED
    return [_holds(column, indicator) for column in columns if column in names]


def _holds(column: str, value: object) -> str:
    return f"ARRAY_CONTAINS({_quoted(str(value))}::VARIANT, {column})"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"

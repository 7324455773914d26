"""The lake's databases and which tables are in each."""

from __future__ import annotations

from panther_sandbox.errors import ObjectNotFoundError
from panther_sandbox.lake.columns import (
    CLOUD_SECURITY,
    LOGS,
    MONITOR,
    RULE_MATCH_COLUMNS,
    RULE_MATCHES,
    SIGNALS,
    STANDARD_COLUMNS,
    VIEWS,
    Column,
    Table,
)
from panther_sandbox.lake.log_tables import LOG_TABLES

DATABASES = {
    LOGS: "Logs from all sources, one table a log type",
    RULE_MATCHES: "Events that matched a rule, one table a log type",
    SIGNALS: "Signals: matches of rules, whether or not they raised an alert",
    VIEWS: "Views over all tables of a kind",
    CLOUD_SECURITY: "Cloud resources and their compliance",
    MONITOR: "Panther's own records: audit log, classification failures",
}


def _rule_match_table(table: Table) -> Table:
    columns = (*table.columns, *RULE_MATCH_COLUMNS)
    return Table(RULE_MATCHES, table.name, columns, table.log_type, f"Rule matches in {table.log_type}")


def _union_view(name: str, tables: tuple[Table, ...], columns: tuple[Column, ...], description: str) -> Table:
    names = ", ".join(column.name for column in columns)
    # Every name is from this catalog.
    sql = " UNION ALL ".join(f"SELECT {names} FROM {table.qualified_name}" for table in tables)  # noqa: S608 - see above
    return Table(VIEWS, name, columns, None, description, sql)


RULE_MATCH_TABLES = tuple(_rule_match_table(table) for table in LOG_TABLES)

CORRELATION_SIGNALS = Table(
    SIGNALS,
    "correlation_signals",
    (
        Column("p_rule_id", "string", "The rule that matched"),
        Column("p_rule_severity", "string", "The rule's severity"),
        Column("p_signal_id", "string", "Unique id of the signal"),
        Column("p_match_time", "timestamp", "When the rule matched (UTC)"),
        Column("p_alert_id", "string", "The alert raised, if any"),
        *STANDARD_COLUMNS,
    ),
    None,
    "Matches of rules, the input of correlation rules",
)

CLASSIFICATION_FAILURES = Table(
    MONITOR,
    "classification_failures",
    (
        Column("p_source_id", "string", "Id of the log source"),
        Column("p_source_label", "string", "Label of the log source"),
        Column("p_event_time", "timestamp", "When the failure happened (UTC)"),
        Column("p_parse_time", "timestamp", "When Panther recorded it (UTC)"),
        Column("p_row_id", "string", "Unique id of the failure"),
        Column("p_log_type", "string", "Panther.ClassificationFailure"),
        Column("reason", "string", "Why no schema fitted"),
        Column("payload", "string", "The raw event"),
    ),
    "Panther.ClassificationFailure",
    "Events that no schema of their source could parse",
)

DATA_AUDIT = Table(
    MONITOR,
    "data_audit",
    (
        Column("p_event_time", "timestamp", "When the hour that is counted began (UTC)"),
        Column("p_parse_time", "timestamp", "When it was counted (UTC)"),
        Column("p_row_id", "string", "Unique id"),
        Column("p_log_type", "string", "The log type counted"),
        Column("p_source_id", "string", "Id of the log source"),
        Column("p_source_label", "string", "Label of the log source"),
        Column("eventCount", "bigint", "Events processed"),
        Column("bytesProcessed", "bigint", "Bytes processed"),
        Column("classificationFailures", "bigint", "Events that could not be classified"),
    ),
    None,
    "What was processed, by source, log type and hour",
)

RESOURCE_HISTORY = Table(
    CLOUD_SECURITY,
    "resource_history",
    (
        Column("changeType", "string", "CREATED, MODIFIED or SYNC"),
        Column("resourceId", "string", "The resource's ARN"),
        Column("resourceType", "string", "For example AWS.S3.Bucket"),
        Column("resource", "variant", "The resource's attributes"),
        *STANDARD_COLUMNS,
    ),
    None,
    "Snapshots of cloud resources",
)

ALL_LOGS = _union_view("all_logs", LOG_TABLES, STANDARD_COLUMNS, "The p_ columns of every log table")
ALL_RULE_MATCHES = _union_view(
    "all_rule_matches",
    RULE_MATCH_TABLES,
    (*STANDARD_COLUMNS, *RULE_MATCH_COLUMNS),
    "The p_ columns of every rule match table",
)

# Views come last: they are made from the tables before them.
TABLES = (
    *LOG_TABLES,
    *RULE_MATCH_TABLES,
    CORRELATION_SIGNALS,
    CLASSIFICATION_FAILURES,
    DATA_AUDIT,
    RESOURCE_HISTORY,
    ALL_LOGS,
    ALL_RULE_MATCHES,
)


def database_name(name: str) -> str:
    """Return the database that `panther_logs` or `panther_logs.public` names; raise when there is none."""
    database = name.strip().lower().removesuffix(".public")
    if database not in DATABASES:
        raise ObjectNotFoundError("database", name)
    return database


def tables_of(database: str) -> list[Table]:
    """List the tables of a database by name."""
    return sorted((table for table in TABLES if table.database == database), key=lambda table: table.name)


def find_table(database: str, name: str) -> Table | None:
    """Return a table, or None; names are case-insensitive, as in Snowflake."""
    for table in TABLES:
        if table.database == database.lower() and table.name == name.lower():
            return table
    return None

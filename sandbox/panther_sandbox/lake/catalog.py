"""The lake's databases and which tables are in each."""

from __future__ import annotations

from collections.abc import Sequence

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
    return Table(VIEWS, name, columns, None, description, sql, tuple(table.qualified_name for table in tables))


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
        Column("p_alert_severity", "string", "That alert's severity"),
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

BUILT_IN_TABLES = (
    *LOG_TABLES,
    *RULE_MATCH_TABLES,
    CORRELATION_SIGNALS,
    CLASSIFICATION_FAILURES,
    DATA_AUDIT,
    RESOURCE_HISTORY,
)


class Catalog:
    """The tables of one lake: ours, then those that were loaded from files, extra or in place of ours."""

    def __init__(self, loaded: Sequence[Table] = ()) -> None:
        held = {table.qualified_name: table for table in (*BUILT_IN_TABLES, *loaded)}
        logs = tuple(table for table in held.values() if table.database == LOGS)
        matches = tuple(table for table in held.values() if table.database == RULE_MATCHES)
        match_columns = (*STANDARD_COLUMNS, *RULE_MATCH_COLUMNS)
        views = (
            _union_view("all_logs", logs, STANDARD_COLUMNS, "The p_ columns of every log table"),
            _union_view("all_rule_matches", matches, match_columns, "The p_ columns of every rule match table"),
        )
        # Views come last: they are made from the tables before them. A loaded table may stand in place of one.
        self.tables = (*held.values(), *(view for view in views if view.qualified_name not in held))

    def tables_of(self, database: str) -> list[Table]:
        """List the tables of a database by name."""
        return sorted((table for table in self.tables if table.database == database), key=lambda table: table.name)

    def find(self, database: str, name: str) -> Table | None:
        """Return a table, or None; names are case-insensitive, as in Snowflake."""
        wanted = (database.lower(), name.lower())
        return next((table for table in self.tables if (table.database, table.name) == wanted), None)


def database_name(name: str) -> str:
    """Return the database that `panther_logs` or `panther_logs.public` names; raise when there is none."""
    database = name.strip().lower().removesuffix(".public")
    if database not in DATABASES:
        raise ObjectNotFoundError("database", name)
    return database

"""What a table of the lake is made of, and the columns that Panther adds to every log table."""

from __future__ import annotations

from dataclasses import dataclass

LOGS = "panther_logs"
RULE_MATCHES = "panther_rule_matches"
SIGNALS = "panther_signals"
VIEWS = "panther_views"
CLOUD_SECURITY = "panther_cloudsecurity"
MONITOR = "panther_monitor"

# Panther's name of a type -> how DuckDB stores it. Indicator arrays are lists of text; any other array is a VARIANT.
_STORAGE = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "boolean": "BOOLEAN",
    "double": "DOUBLE",
    "date": "DATE",
    "variant": "VARIANT",
    "array": "VARIANT",
}
# Panther's name of a type -> what Snowflake's information_schema calls it.
_SNOWFLAKE = {
    "string": "TEXT",
    "timestamp": "TIMESTAMP_NTZ",
    "bigint": "NUMBER",
    "int": "NUMBER",
    "boolean": "BOOLEAN",
    "double": "FLOAT",
    "date": "DATE",
    "variant": "VARIANT",
    "array": "ARRAY",
}


@dataclass(frozen=True)
class Column:
    """A column as Panther lists it."""

    name: str
    type: str
    description: str = ""

    @property
    def storage_type(self) -> str:
        """The DuckDB type that holds it."""
        return "VARCHAR[]" if self.name.startswith("p_any_") else _STORAGE[self.type]

    @property
    def snowflake_type(self) -> str:
        """The type that information_schema names."""
        return _SNOWFLAKE[self.type]


@dataclass(frozen=True)
class Table:
    """A table or view; `view_sql` is None for a table that holds rows of its own, `reads` names what a view reads."""

    database: str
    name: str
    columns: tuple[Column, ...]
    log_type: str | None = None
    description: str = ""
    view_sql: str | None = None
    reads: tuple[str, ...] = ()

    @property
    def qualified_name(self) -> str:
        """The three-part name."""
        return f"{self.database}.public.{self.name}"


INDICATOR_COLUMNS = (
    Column("p_any_ip_addresses", "array", "IP addresses found in the event"),
    Column("p_any_usernames", "array", "User names found in the event"),
    Column("p_any_emails", "array", "E-mail addresses found in the event"),
    Column("p_any_domain_names", "array", "Domain names found in the event"),
    Column("p_any_actor_ids", "array", "Ids of actors found in the event"),
    Column("p_any_aws_account_ids", "array", "AWS account ids found in the event"),
    Column("p_any_aws_arns", "array", "AWS ARNs found in the event"),
    Column("p_any_aws_instance_ids", "array", "EC2 instance ids found in the event"),
    Column("p_any_trace_ids", "array", "Session, request and key ids found in the event"),
    Column("p_any_md5_hashes", "array", "MD5 hashes found in the event"),
    Column("p_any_sha1_hashes", "array", "SHA-1 hashes found in the event"),
    Column("p_any_sha256_hashes", "array", "SHA-256 hashes found in the event"),
)

STANDARD_COLUMNS = (
    Column("p_event_time", "timestamp", "When the event happened (UTC)"),
    Column("p_parse_time", "timestamp", "When Panther processed the event (UTC)"),
    Column("p_log_type", "string", "The log type"),
    Column("p_row_id", "string", "Unique id of the event"),
    Column("p_source_id", "string", "Id of the log source"),
    Column("p_source_label", "string", "Label of the log source"),
    Column("p_schema_version", "int", "Version of the log schema"),
    Column("p_enrichment", "variant", "Data that enrichment providers added"),
    *INDICATOR_COLUMNS,
)

RULE_MATCH_COLUMNS = (
    Column("p_rule_id", "string", "The rule that matched"),
    Column("p_rule_tags", "array", "The rule's tags"),
    Column("p_rule_reports", "variant", "The rule's reports"),
    Column("p_rule_severity", "string", "The rule's default severity"),
    Column("p_rule_error", "string", "Why the rule failed on this event, if it did"),
    Column("p_alert_id", "string", "The alert that the event belongs to"),
    Column("p_alert_severity", "string", "The alert's severity"),
    Column("p_alert_title", "string", "The alert's title"),
    Column("p_alert_creation_time", "timestamp", "When the alert was created (UTC)"),
    Column("p_alert_update_time", "timestamp", "When the alert last received an event (UTC)"),
    Column("p_alert_context", "variant", "What the rule's alert_context returned"),
    Column("p_dedup_string", "string", "The string that groups events into one alert"),
)

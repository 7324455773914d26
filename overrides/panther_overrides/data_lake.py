"""The data lake: what the model reads about the tools that explore and query it."""

from panther_overrides.model import ROWS_CEILING, ToolOverride
from panther_overrides.rules import time_order

TOOLS = {
    "query_data_lake": ToolOverride(
        description=(
            "Run one Snowflake SELECT over the logs. Bound the time with p_occurs_since('7 d') or "
            "p_occurs_between(start, end), or it is refused. Nested: col:field.sub::string; indicators: "
            "ARRAY_CONTAINS('1.2.3.4'::VARIANT, p_any_ip_addresses). Columns are in get_table_schema. "
            "Rows are cells of `fields`; what all share is in same_in_all, a text for #1 in repeated. "
            'Example: {"sql": "SELECT eventName, COUNT(*) AS n FROM aws_cloudtrail '
            "WHERE p_occurs_since('7 d') GROUP BY 1\"}"
        ),
        params={
            "sql": "One SELECT statement.",
            "database_name": "Where unqualified tables are.",
            "timeout": "Seconds; then it is cancelled.",
            "max_rows": "Rows a page, up to 40 kB.",
            "cursor": "next_cursor, with the same sql: it does not run again.",
        },
        ceiling=ROWS_CEILING,
        table="rows",
        keywords="run sql select query search logs warehouse snowflake hunt",
    ),
    "get_data_lake_query": ToolOverride(
        description=(
            "Read status and rows of a query or search that was run before, by its id, without running it again: "
            "one from list_data_lake_queries, or a query_id that another tool gave as evidence. "
            'Example: {"query_id": "6e94a19c-b855-509d-9ca7-cb8ec96814ec"}'
        ),
        params={
            "query_id": "The query's id; a search's part has one too.",
            "max_rows": "Rows a page, at most 40 kB.",
            "cursor": "next_cursor of the page before, with the same query_id.",
        },
        ceiling=ROWS_CEILING,
        table="rows",
    ),
    "list_data_lake_queries": ToolOverride(
        description=(
            "List queries that people, schedules and this server have run, newest first: who ran what, and how it "
            'ended. SQL is cut to 200 characters. Example: {"statuses": ["succeeded"], "limit": 5}'
        ),
        params={
            "contains": "Only those whose SQL or name contains this text.",
            "statuses": "Only those in these states.",
            "is_scheduled": "Only scheduled ones, or only others.",
            "issued_by": "Only those of these users or tokens (ids).",
            "start_date": "Started at or after: ISO 8601 or relative, -7d.",
            "end_date": "Started before: ISO 8601 or relative.",
            "limit": "Queries a page.",
            "cursor": "next_cursor of the page before, with the same filters.",
            "detail": "full: the whole SQL.",
        },
        keywords="history",
    ),
    "cancel_data_lake_query": ToolOverride(
        description=(
            "Stop a query or search that still runs and costs; one that has ended stays as it is. It may be "
            "somebody else's: look at list_data_lake_queries first. "
            'Example: {"query_id": "6e94a19c-b855-509d-9ca7-cb8ec96814ec"}'
        ),
        params={"query_id": "The query's id, from list_data_lake_queries."},
    ),
    "search_indicators": ToolOverride(
        description=(
            "Find events with any of up to 100 indicators (addresses, hashes, domains, names) in all log tables: "
            "matches counted and first rows shown table by table. For one entity's story use investigate_entity. "
            'Example: {"indicators": ["203.0.113.77", "198.51.100.23"]}'
        ),
        params={
            "indicators": "Exact values.",
            "indicator_type": "AutoDetectType, TextSearch, or a column: p_any_emails.",
            "start_date": "Events from: ISO 8601, or relative such as -7d.",
            "end_date": "Events until: ISO 8601 or relative.",
            "databases": "Only these databases; by default panther_logs.",
            "tables": "Only these tables, e.g. aws_cloudtrail.",
            "rows_per_table": "Rows shown of each table.",
            "timeout": "Seconds to wait; then the search is cancelled.",
        },
        rules=(time_order("start_date", "end_date"),),
        ceiling=ROWS_CEILING,
        table="tables[].rows",
    ),
    "get_alert_actor_activity": ToolOverride(
        description=(
            "Gather what the actors of an alert did in all logs, from a day before it to a day after, table by "
            "table, and who they are. For a longer time use investigate_entity. "
            'Example: {"alert_id": "dfdaa8b41a966c9f2c41e2243b1dc454"}'
        ),
        params={
            "alert_id": "The alert's id, from list_alerts or the alert's URL.",
            "rows_per_table": "Rows gathered of each table.",
            "timeout": "Seconds to wait; then the search is cancelled.",
        },
        ceiling=ROWS_CEILING,
        table="tables[].rows",
    ),
    "get_actor_profile": ToolOverride(
        description=(
            "Tell who a person in the logs is: names, accounts, title, manager, first seen and last login. "
            'Example: {"actor_id": "priya.raman@acme.example"}'
        ),
        params={"actor_id": "An e-mail address, user name or entity id."},
    ),
    "investigate_entity": ToolOverride(
        description=(
            "Tell what an address, person, ARN, hash, domain or key did: alerts, log types with first and last "
            "event, notable actions in order, related entities, and the queries that prove it. Start here to "
            'follow an actor. Example: {"entity": "203.0.113.77", "start_date": "-7d"}'
        ),
        params={
            "entity": "Its exact value.",
            "kind": "What it is; detected from its form by default.",
            "start_date": "Events from: ISO 8601, or relative such as -7d.",
            "end_date": "Events until: ISO 8601 or relative.",
            "max_bytes": "Size of the result; the least notable is left out.",
            "timeout": "Seconds to wait; what is late is left out.",
        },
        rules=(time_order("start_date", "end_date"),),
        ceiling=ROWS_CEILING,
        keywords="what did actor do ip user email hash domain activity pivot",
    ),
    "list_databases": ToolOverride(
        description="List the data lake's databases: logs, rule matches, signals, views. Example: {}"
    ),
    "list_database_tables": ToolOverride(
        description=(
            "List the tables of a database; in panther_logs there is one for each log type. "
            'Example: {"database": "panther_logs.public"}'
        ),
        params={"database": "From list_databases."},
    ),
    "get_table_schema": ToolOverride(
        description=(
            "List a table's columns and their types, before writing SQL for it. "
            'Example: {"database_name": "panther_logs.public", "table_name": "aws_cloudtrail"}'
        ),
        params={
            "database_name": "From list_databases.",
            "table_name": "From list_database_tables.",
        },
        table="columns",
    ),
}

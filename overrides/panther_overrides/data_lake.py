"""The data lake: what the model reads about the tools that explore and query it."""

from panther_overrides.model import ToolOverride

TOOLS = {
    "query_data_lake": ToolOverride(
        description=(
            "Run one Snowflake SQL SELECT over the logs and get its rows. Always bound the time with a macro such "
            "as p_occurs_since('7 d') or p_occurs_between(start, end), or it is refused."
            " Nested fields: col:field.sub::string; indicators: ARRAY_CONTAINS('1.2.3.4'::VARIANT, "
            "p_any_ip_addresses). get_table_schema lists a table's columns. "
            'Example: {"sql": "SELECT eventName, COUNT(*) AS n FROM panther_logs.public.aws_cloudtrail '
            "WHERE p_occurs_since('7 d') GROUP BY 1 ORDER BY n DESC LIMIT 9\"}"
        ),
        params={
            "sql": "One SELECT statement. Quote strings with ''.",
            "database_name": "Where table names without a database are looked up.",
            "timeout": "Seconds to wait; then the query is cancelled.",
            "max_rows": "Rows a page.",
            "cursor": "next_cursor of the page before, with the same sql: reads on without running it again.",
        },
    ),
    "list_databases": ToolOverride(
        description="List the data lake's databases: logs, rule matches, signals, views, monitoring. Example: {}"
    ),
    "list_database_tables": ToolOverride(
        description=(
            "List the tables of a database; in panther_logs there is one for each log type. "
            'Example: {"database": "panther_logs.public"}'
        ),
        params={"database": "The database's name, from list_databases."},
    ),
    "get_table_schema": ToolOverride(
        description=(
            "List a table's columns and their types. Do this before writing SQL for it. "
            'Example: {"database_name": "panther_logs.public", "table_name": "aws_cloudtrail"}'
        ),
        params={
            "database_name": "The database's name, from list_databases.",
            "table_name": "The table's name, from list_database_tables.",
        },
    ),
}

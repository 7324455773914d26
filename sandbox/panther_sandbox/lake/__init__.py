"""The data lake: Snowflake SQL in, rows out, over DuckDB tables that look like Panther's."""

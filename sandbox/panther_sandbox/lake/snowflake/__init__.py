"""Snowflake SQL turned into DuckDB SQL: parsed, checked, resolved against the catalog, rewritten node by node."""

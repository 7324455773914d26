"""SHOW and DESCRIBE: the same columns that Snowflake gives, read from our information_schema."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.catalog import DATABASES, Catalog
from panther_sandbox.lake.snowflake.names import INFORMATION_CATALOG, missing

_FULL_TYPE = (
    "CASE data_type WHEN 'TEXT' THEN 'VARCHAR(16777216)' WHEN 'NUMBER' THEN 'NUMBER(38,0)'"
    " WHEN 'TIMESTAMP_NTZ' THEN 'TIMESTAMP_NTZ(9)' ELSE data_type END"
)
_DESCRIBED = (
    f"column_name AS name, {_FULL_TYPE} AS type, 'COLUMN' AS kind, 'Y' AS \"null?\", NULL AS \"default\","
    ' \'N\' AS "primary key", \'N\' AS "unique key", NULL AS "check", NULL AS expression, comment,'
    ' NULL AS "policy name"'
)
_TABLE_LIST = (
    "table_name AS name, table_catalog AS database_name, table_schema AS schema_name,"
    " CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END AS kind, comment, row_count AS rows"
)
_COLUMN_LIST = (
    "table_name, table_schema AS schema_name, column_name,"
    " json_object('type', data_type, 'nullable', true)::VARCHAR AS data_type, 'true' AS \"null?\","
    " 'COLUMN' AS kind, comment, table_catalog AS database_name"
)
# What can be listed -> the outputs, the view they come from, the column that LIKE compares, the order.
_LISTS = {
    "TABLES": (_TABLE_LIST, "tables", "table_name", "table_catalog, table_name"),
    "OBJECTS": (_TABLE_LIST, "tables", "table_name", "table_catalog, table_name"),
    "VIEWS": (_TABLE_LIST, "views", "table_name", "table_catalog, table_name"),
    "COLUMNS": (_COLUMN_LIST, "columns", "column_name", "table_catalog, table_name, ordinal_position"),
    "SCHEMAS": ("schema_name AS name, catalog_name AS database_name", "schemata", "schema_name", "catalog_name"),
    "DATABASES": ("database_name AS name, comment", "databases", "database_name", "database_name"),
}


def listing(statement: exp.Expr, database: str, catalog: Catalog) -> str | None:
    """Return the DuckDB SQL for a SHOW or DESCRIBE, or None when the statement is neither; refuse what we lack."""
    if isinstance(statement, exp.Describe):
        return _describe(statement, database, catalog)
    if isinstance(statement, exp.Show):
        return _show(statement, database, catalog)
    return None


def _describe(statement: exp.Describe, default: str, catalog: Catalog) -> str:
    kind = str(statement.args.get("kind") or "table").upper()
    if kind not in ("TABLE", "VIEW") or not isinstance(statement.this, exp.Table):
        raise QueryRejectedError(f"DESCRIBE {kind} is not available in this sandbox yet")
    conditions = _within_table(statement.this, default, catalog)
    return f"SELECT {_DESCRIBED} FROM {_view('columns')} WHERE {conditions} ORDER BY ordinal_position"  # noqa: S608 - names are checked


def _show(statement: exp.Show, default: str, catalog: Catalog) -> str:
    what = str(statement.name).upper()
    if what not in _LISTS:
        raise QueryRejectedError(f"SHOW {what} is not available in this sandbox yet")
    outputs, view, name, order = _LISTS[what]
    conditions = [_scope(statement, default, catalog)] if what != "DATABASES" else []
    if what == "TABLES":
        conditions.append("table_type <> 'VIEW'")
    for part, operator in (("like", "ILIKE"), ("starts_with", "LIKE")):
        pattern = statement.args.get(part)
        if isinstance(pattern, exp.Expr):
            text = pattern.name if part == "like" else pattern.name.replace("%", r"\%").replace("_", r"\_") + "%"
            conditions.append(f"{name} {operator} {_literal(text)} ESCAPE '\\'")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {outputs} FROM {_view(view)}{where} ORDER BY {order}"  # noqa: S608 - constants and literals


def _scope(statement: exp.Show, default: str, catalog: Catalog) -> str:
    """Return the condition for IN ACCOUNT, DATABASE, SCHEMA or TABLE; without one, the current database."""
    column = "catalog_name" if str(statement.name).upper() == "SCHEMAS" else "table_catalog"
    scope, kind = statement.args.get("scope"), str(statement.args.get("scope_kind") or "").upper()
    if kind == "ACCOUNT":
        return "TRUE"
    if not isinstance(scope, exp.Table):
        return f"{column} = {_literal(default.upper())}"
    if kind in ("TABLE", "VIEW"):
        return _within_table(scope, default, catalog)
    parts = [part.name for part in scope.parts]
    database, schema = (parts[-2], parts[-1]) if len(parts) > 1 else (parts[0], "public")
    if kind == "SCHEMA" and len(parts) == 1 and parts[0].lower() not in DATABASES:
        database, schema = default, parts[0]
    if database.lower() not in DATABASES:
        raise missing("Database", database)
    if schema.lower() != "public":
        raise missing("Schema", f"{database}.{schema}")
    return f"{column} = {_literal(database.upper())}"


def _within_table(node: exp.Table, default: str, catalog: Catalog) -> str:
    database, schema = node.catalog or default, node.db or "public"
    found = catalog.find(database, node.name) if schema.lower() == "public" else None
    if found is None:
        raise missing("Object", f"{database}.{schema}.{node.name}")
    return f"table_catalog = {_literal(found.database.upper())} AND table_name = {_literal(found.name.upper())}"


def _view(name: str) -> str:
    return f"{INFORMATION_CATALOG}.public.{name}"


def _literal(text: str) -> str:
    return exp.Literal.string(text).sql(dialect="duckdb")

"""Names in a query: which table each one means, and what an output column without a name is called."""

from __future__ import annotations

from sqlglot import exp

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.catalog import DATABASES, Catalog
from panther_sandbox.lake.columns import Table

# Where information_schema is kept: a database of its own, in which every row names the database it describes.
INFORMATION_CATALOG = "sandbox_information"
_INFORMATION_VIEWS = ("tables", "columns", "schemata", "databases", "views")


def resolve_tables(statement: exp.Query, database: str, catalog: Catalog) -> tuple[Table, ...]:
    """Replace each table name by its full one, and return the tables read; unknown ones are refused."""
    found: dict[str, Table] = {}
    for node in list(statement.find_all(exp.Table)):
        if _is_common_table(node):
            continue
        table = _resolve(node, database, catalog)
        if table is not None:
            found[table.qualified_name] = table
            _qualify(node, table)
    return tuple(found.values())


def _is_common_table(node: exp.Table) -> bool:
    """Tell whether the name is that of a WITH clause in sight; inside its own definition it is not."""
    if node.args.get("db") is not None:
        return False
    name = node.name.lower()
    scope: exp.Expr | None = node
    while scope is not None:
        with_ = scope.args.get("with_")
        if isinstance(with_, exp.With):
            for common in with_.expressions:
                inside = any(ancestor is common for ancestor in _ancestors(node))
                if common.alias.lower() == name and (with_.recursive or not inside):
                    return True
        scope = scope.parent
    return False


def _ancestors(node: exp.Expr) -> list[exp.Expr]:
    found: list[exp.Expr] = []
    parent = node.parent
    while parent is not None:
        found.append(parent)
        parent = parent.parent
    return found


def _resolve(node: exp.Table, default: str, catalog: Catalog) -> Table | None:
    if not isinstance(node.this, exp.Identifier):
        raise QueryRejectedError(f"SQL compilation error:\nUnknown table function {_call_name(node)}")
    database = (node.catalog or default).lower()
    schema = (node.db or "public").lower()
    if database not in DATABASES:
        raise missing("Database", database)
    if schema == "information_schema" and node.name.lower() in _INFORMATION_VIEWS:
        _to_information_schema(node, database)
        return None
    if schema != "public":
        raise missing("Schema", f"{database}.{schema}")
    table = catalog.find(database, node.name)
    if table is None:
        raise missing("Object", f"{database}.{schema}.{node.name}")
    return table


def _call_name(node: exp.Table) -> str:
    called = node.this
    return (called.sql_name() if isinstance(called, exp.Func) else called.sql()).upper()


def missing(kind: str, name: str) -> QueryRejectedError:
    """Return the failure for an object that is not there."""
    return QueryRejectedError(f"SQL compilation error:\n{kind} '{name.upper()}' does not exist or not authorized.")


def _qualify(node: exp.Table, table: Table) -> None:
    node.set("this", exp.to_identifier(table.name, quoted=False))
    node.set("db", exp.to_identifier("public"))
    node.set("catalog", exp.to_identifier(table.database))


def _to_information_schema(node: exp.Table, database: str) -> None:
    """Read our own information_schema, narrowed to the database that was asked."""
    name = node.name.lower()
    source = exp.table_(name, db="public", catalog=INFORMATION_CATALOG)
    query = exp.select("*").from_(source)
    if name != "databases":
        catalog = "catalog_name" if name == "schemata" else "table_catalog"
        query = query.where(exp.column(catalog).eq(database.upper()))
    alias = node.alias or name
    subquery = query.subquery(alias, copy=False)
    joins: list[exp.Expr] = node.args.get("joins") or []
    for join in joins:
        subquery.append("joins", join)
    node.replace(subquery)

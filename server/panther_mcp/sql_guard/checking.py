"""The check of a statement from its text on: everything but the lake's own names, which take asking."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from panther_mcp.errors import BlockedByPolicy
from panther_mcp.sql_guard.budget import Mode
from panther_mcp.sql_guard.checked import Checked
from panther_mcp.sql_guard.lexing import Lexed, lexed
from panther_mcp.sql_guard.read_only import Findings, check_first_word, check_read_only
from panther_mcp.sql_guard.reading import Read, UnreadableError, place, read, tokens_of
from panther_mcp.sql_guard.rules import blocked
from panther_mcp.sql_guard.scopes import Need
from panther_mcp.sql_guard.walking import Walk
from panther_mcp.sql_guard.words import check_words

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of a statement: `read` and `walk` are None where the parser does not understand it."""

    checked: Checked
    read: Read | None = None
    walk: Walk | None = None


def inspect(sql: str, database_name: str, mode: Mode) -> Inspected:
    """Return what `sql` reads; raises as `check_sql` does.

    That a statement only reads is certain in every mode. With `warn`, what else is wrong becomes a warning.
    """
    text = lexed(sql)
    check_first_word(text.first_word)
    try:
        statement = read(text)
    except UnreadableError as problem:
        check_first_word(text.first_word, understood=False)
        if mode == "enforce":
            raise problem.error from problem
        _check_words(text)
        warning = f"Not checked for a time bound, because this server does not understand it. {problem.error.message}"
        return Inspected(Checked(sql, warnings=(warning,) if mode == "warn" else ()))
    findings = check_read_only(statement)
    if findings.listing:
        return Inspected(Checked(sql, listing=True))
    walk = Walk(findings.statement, _default(database_name), statement.macros)
    problems = [*_foreign(findings), *_unbounded(walk.needs, statement)] if mode != "off" else []
    if problems and mode == "enforce":
        raise problems[0]
    tables = tuple(sorted({table.label for table in walk.tables.values()}))
    warnings = tuple(f"{problem.message} {problem.hint}" for problem in problems)
    return Inspected(Checked(sql, tables, warnings, limited=_limited(findings.statement)), statement, walk)


def _check_words(text: Lexed) -> None:
    try:
        tokens = tokens_of(text)
    except UnreadableError as problem:
        raise problem.error from problem
    check_words(tokens)


def _default(database_name: str) -> tuple[str, str]:
    """Return the database and the schema, in upper case, that names without one are looked up in."""
    parts = [part.strip().strip('"').upper() for part in database_name.split(".")]
    return parts[0] or "PANTHER_LOGS", parts[1] if len(parts) > 1 and parts[1] else "PUBLIC"


def _foreign(findings: Findings) -> list[BlockedByPolicy]:
    names = list(dict.fromkeys(name[:100] for name in findings.unknown_functions))
    if not names:
        return []
    return [
        blocked(
            "function",
            f"{' and '.join(names[:_SHOWN])} is not one of Snowflake's own functions: what it does is not known.",
            "Use Snowflake's functions. With --sql-guard warn, others may be called too.",
            function=names[0],
        )
    ]


def _unbounded(needs: Sequence[Need], statement: Read) -> list[BlockedByPolicy]:
    if not needs:
        return []
    labels = [_label(need, statement) for need in needs]
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    shared = _in_one_query(needs[0])
    column = f"{needs[0].node.alias_or_name}.p_event_time" if shared else "p_event_time"
    macro = f"p_occurs_since('1 d', {needs[0].node.alias_or_name})" if shared else "p_occurs_since('1 d')"
    return [
        blocked(
            "time_bound",
            f"Without a time bound this scans everything: {'; '.join(labels[:_SHOWN])}{more}.",
            (
                f"Add to the WHERE of each SELECT that reads one: AND {macro}, or {column} >= a constant. "
                "It must hold for every row: within OR, CASE, HAVING or an outer join's ON it does not bound."
            ),
            unbounded=labels[:_SHOWN],
        )
    ]


def _label(need: Need, statement: Read) -> str:
    alias = need.node.alias
    where = ", ".join((*need.where, place(statement, need.node)))
    return f"{need.table.label}{f' {alias}' if alias else ''} ({where.strip(', ')})"


def _in_one_query(need: Need) -> bool:
    """Tell whether the SELECT that reads a table reads others, too, so that a condition has to name it."""
    select = need.node.find_ancestor(exp.Select)
    return isinstance(select, exp.Select) and bool(select.args.get("joins"))


def _limited(statement: exp.Expr) -> bool:
    """Tell whether a query says how many rows it may have: by a LIMIT, or by counting all rows together."""
    while isinstance(statement, exp.Subquery) and not statement.args.get("limit"):
        statement = statement.this
    if statement.args.get("limit") or statement.args.get("fetch"):
        return True
    if not isinstance(statement, exp.Select) or statement.args.get("group"):
        return False
    return not statement.args.get("from_") or any(
        shown.find(exp.AggFunc) and not shown.find(exp.Window) for shown in statement.expressions
    )

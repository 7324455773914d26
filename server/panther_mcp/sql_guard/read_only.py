"""What a statement may be: one query that only reads, made of parts that are known to do no more than that."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from panther_mcp.errors import BlockedByPolicy, InvalidInput
from panther_mcp.sql_guard.functions import called_name, refused_function, unknown_function
from panther_mcp.sql_guard.macros import Macro
from panther_mcp.sql_guard.reading import Read
from panther_mcp.sql_guard.rules import blocked, words

_LISTINGS = ("TABLES", "VIEWS", "OBJECTS", "COLUMNS", "SCHEMAS", "DATABASES")
_DESCRIBED = ("", "TABLE", "VIEW")
_LISTING_WORDS = ("DESC", "DESCRIBE", "SHOW")
_OTHER_STATEMENTS = words(
    """
    ALTER ANALYZE BEGIN CALL COMMENT COMMIT COPY CREATE DECLARE DELETE DROP EXECUTE EXPLAIN EXPORT FOR GET GRANT IF
    IMPORT INSERT INSTALL KILL LET LIST LOAD LOCK LOOP LS MERGE OPEN PRAGMA PUT REMOVE REPEAT REPLACE RETURN REVOKE
    RM ROLLBACK SET START TRUNCATE UNDROP UNLOAD UNLOCK UNSET UPDATE UPSERT USE VALUES WHILE
    """
)
# Everything else in a tree is a sign that something is going on that is not a query.
_QUERY_PARTS: tuple[type[exp.Expr], ...] = (
    *(exp.Condition, exp.Func, exp.Query, exp.With, exp.CTE, exp.TableAlias, exp.From, exp.Where, exp.Having),
    *(exp.Group, exp.Cube, exp.Rollup, exp.GroupingSets, exp.Order, exp.Ordered, exp.Limit, exp.LimitOptions),
    *(exp.Fetch, exp.Offset, exp.Qualify, exp.Join, exp.Lateral, exp.TableFromRows, exp.Table, exp.Values),
    *(exp.TableSample, exp.Pivot, exp.PivotAlias, exp.PivotAny, exp.UnpivotColumns, exp.MatchRecognize),
    *(exp.MatchRecognizeMeasure, exp.Connect, exp.Prior, exp.HistoricalData, exp.Changes, exp.Var, exp.Identifier),
    *(exp.Star, exp.Alias, exp.Aliases, exp.WithinGroup, exp.Filter, exp.Distinct, exp.IgnoreNulls),
    *(exp.RespectNulls, exp.HavingMax, exp.Slice, exp.Interval, exp.IntervalSpan, exp.TimeUnit, exp.DataType),
    *(exp.DataTypeParam, exp.PseudoType, exp.Lambda, exp.Tuple, exp.WindowSpec, exp.JSONPathPart, exp.JSONPath),
    *(exp.JSONKeyValue, exp.Hint, exp.JoinHint, exp.AtTimeZone, exp.FromTimeZone, exp.Final, exp.National),
    *(exp.FormatJson, exp.PositionalColumn, exp.ColumnDef, exp.JSON, exp.OverflowTruncateBehavior),
)
# The table functions that compute their rows from their arguments alone.
_TABLE_FUNCTIONS = (exp.Explode, exp.SplitToTable, exp.StrtokSplitToTable, exp.Generator)
MOST_GENERATED_ROWS = 1_000_000


@dataclass(slots=True)
class Findings:
    """What has been found: `listing` tells a SHOW or DESCRIBE, `unknown_functions` those that might act."""

    statement: exp.Expr
    listing: bool = False
    unknown_functions: list[str] = field(default_factory=list[str])


def check_read_only(read: Read) -> Findings:
    """Return the one statement of `read`. Raises `BlockedByPolicy` unless it is a query that only reads."""
    words = [token for token in read.tokens if token.token_type != TokenType.SEMICOLON]
    if not words:
        raise InvalidInput("There is no SQL statement.", hint="Write one SELECT.")
    last = max(index for index, token in enumerate(read.tokens) if token.token_type != TokenType.SEMICOLON)
    if len(read.statements) != 1 or any(token.token_type == TokenType.SEMICOLON for token in read.tokens[:last]):
        raise blocked("one_statement", "The SQL has more than one statement.", "Send them one by one.")
    statement = read.statements[0]
    if isinstance(statement, exp.Show | exp.Describe):
        return Findings(_listing(statement), listing=True)
    if not isinstance(statement, exp.Select | exp.SetOperation | exp.Subquery):
        if isinstance(statement, exp.Condition | exp.Alias):
            raise InvalidInput("The SQL is no statement.", hint="Write one SELECT.")
        command = isinstance(statement, exp.Command)
        raise _only_select(read.lexed.first_word if command else type(statement).__name__.upper())
    findings = Findings(statement)
    generated = 1
    for node in statement.walk():
        _check_part(node)
        if isinstance(node, exp.Generator):
            generated *= _generated_rows(node)
        if name := _unknown(node, read.macros):
            findings.unknown_functions.append(name)
    if generated > MOST_GENERATED_ROWS:
        raise _generates_too_much()
    return findings


def check_first_word(word: str, *, understood: bool = True) -> None:
    """Raise `BlockedByPolicy` for a word that begins something else than a query, where it was not `understood`."""
    if word in _OTHER_STATEMENTS or (word in _LISTING_WORDS and not understood):
        raise _only_select(word)


def _listing(statement: exp.Show | exp.Describe) -> exp.Expr:
    """Return a SHOW or DESCRIBE of what the tools list too; others tell of people, rights and settings."""
    what = str(statement.args.get("kind") or "") if isinstance(statement, exp.Describe) else statement.name
    known = _DESCRIBED if isinstance(statement, exp.Describe) else _LISTINGS
    simple = isinstance(statement, exp.Show) or (
        isinstance(statement.this, exp.Table) and isinstance(statement.this.this, exp.Identifier)
    )
    if what.upper() not in known or not simple or list(statement.find_all(exp.Func, exp.Query, exp.Parameter)):
        raise _only_select(f"{type(statement).__name__.upper()} {what}".strip())
    return statement


def _check_part(node: exp.Expr) -> None:
    if isinstance(node, exp.Into | exp.Lock):
        raise _only_select("SELECT INTO" if isinstance(node, exp.Into) else "SELECT FOR UPDATE")
    if isinstance(node, exp.Column) and node.name.upper() == "NEXTVAL" and node.table:
        raise _only_select(f"{node.table}.NEXTVAL, which changes a sequence")
    if isinstance(node, exp.CTE | exp.Subquery):
        body = node.this
        inner = exp.Query | exp.Values | exp.Table if isinstance(node, exp.Subquery) else exp.Query | exp.Values
        if not isinstance(body, inner):
            raise _only_select(type(body).__name__.upper())
    _check_names(node)
    if name := refused_function(node):
        raise blocked(
            "function",
            f"{name} is not to be called: it may act, wait, read files or send data elsewhere.",
            "Use Snowflake's functions that only compute.",
            function=name,
        )
    if isinstance(node, exp.TableFromRows | exp.Lateral | exp.Table):
        _check_rows(node)
    if not isinstance(node, _QUERY_PARTS):
        raise _only_select(type(node).__name__.upper())


def _check_names(node: exp.Expr) -> None:
    """Refuse what stands for something else than it says: stages, variables, computed names."""
    if isinstance(node, exp.DynamicIdentifier):
        raise blocked("dynamic_name", "IDENTIFIER(...) hides which table is meant.", "Write the name itself.")
    if isinstance(node, exp.Placeholder | exp.SessionParameter):
        raise blocked("variable", "The SQL has a variable, which has no value here.", "Write the value itself.")
    if isinstance(node, exp.Parameter):
        # $1 is a column by its number.
        if not (isinstance(node.this, exp.Literal) and not node.this.is_string):
            raise blocked("variable", f"${node.name} is a session variable.", "Write the value itself.")
    elif isinstance(node, exp.Var) and node.name.startswith("@"):
        raise blocked("stage", f"{node.name[:100]} is a stage: files are not to be read.", "Query the lake's tables.")
    if isinstance(node, exp.DirectoryStage) or (isinstance(node, exp.Table) and isinstance(node.this, exp.Literal)):
        raise blocked("stage", "The FROM clause names files, not a table.", "Query the lake's tables.")


def _check_rows(node: exp.Expr) -> None:
    """Refuse rows that come from elsewhere than a table or the arguments of a table function."""
    rows = node.this
    if isinstance(node, exp.Table) and isinstance(rows, exp.Identifier):
        return
    if isinstance(rows, exp.Query | exp.Values) and isinstance(node, exp.Lateral):
        return
    if isinstance(rows, _TABLE_FUNCTIONS):
        return
    if isinstance(rows, exp.Expr):
        _check_names(rows)
    if isinstance(rows, exp.Literal | exp.Parameter | exp.Placeholder | exp.Column | exp.Identifier):
        raise blocked("dynamic_name", "TABLE(...) hides which table is meant.", "Write the name itself, without TABLE.")
    name = called_name(rows) if isinstance(rows, exp.Expr) else "This"
    raise blocked(
        "table_function",
        f"{name[:100]} is not to be called: it may read what is no log.",
        "FLATTEN, SPLIT_TO_TABLE, STRTOK_SPLIT_TO_TABLE and GENERATOR are allowed.",
        function=name[:100],
    )


def _generated_rows(node: exp.Generator) -> int:
    rows = node.args.get("rowcount")
    if node.args.get("timelimit") is not None or not (isinstance(rows, exp.Literal) and rows.name.isdecimal()):
        raise _generates_too_much()
    return max(1, int(rows.name[:12]))


def _generates_too_much() -> BlockedByPolicy:
    return blocked(
        "table_function",
        f"GENERATOR may make {MOST_GENERATED_ROWS:,} rows in all at most, by a ROWCOUNT written as a number.",
        "Generate fewer rows, and leave TIMELIMIT out.",
        function="GENERATOR",
    )


def _unknown(node: exp.Expr, macros: Mapping[str, Macro]) -> str | None:
    if isinstance(node, exp.Anonymous) and isinstance(node.this, str) and node.this in macros:
        return None
    return unknown_function(node)


def _only_select(what: str) -> BlockedByPolicy:
    return blocked(
        "read_only", f"Only a SELECT may run on the data lake; this has {what[:100]}.", "Write one SELECT, or WITH."
    )

"""The rules that refuse SQL, by name, and the error that a refusal is.

sql_one_statement   more than one statement
sql_read_only       a statement, or a part of one, that is no query
sql_function        a function that may act, wait, read files or send data away, or that is not Snowflake's own
sql_table_function  rows from elsewhere than tables, or far too many of them
sql_stage           files
sql_variable        session variables and bind values
sql_dynamic_name    a name that is computed
sql_template        text that Panther would rewrite first
sql_time_bound      a log table that is read without a time bound
sql_scan_budget     the budget of scanned bytes is used up
"""

from panther_mcp.errors import BlockedByPolicy, JsonValue


def blocked(rule: str, message: str, hint: str, **details: JsonValue) -> BlockedByPolicy:
    """Return the error for SQL that `rule` refuses; `details` say what exactly."""
    return BlockedByPolicy(message, hint=hint, details={"rule": f"sql_{rule}", **details})


def words(text: str) -> frozenset[str]:
    """Return the words in `text`: how long lists of names are written here."""
    return frozenset(text.split())

"""What of a caller's values may stand in SQL: the one place where values and names are quoted."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from panther_mcp.errors import InvalidInput

# Panther rewrites its macros and templates before Snowflake reads the SQL, perhaps inside strings too.
_REWRITTEN = re.compile(r"(?i)(?<=p_)(?=occurs)|(?<=\{)(?=[{%#])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*){0,2}")


def quoted(value: str | float | bool | datetime | None) -> str:
    """Return `value` as an expression of Snowflake SQL that means exactly it, whatever it holds.

    A time becomes text in UTC, to the millisecond, as Panther's time macros take it. Raises `InvalidInput` for a text
    with a NUL, which no string of Snowflake can hold, and for a number that is none.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        if value != value or value in (float("inf"), float("-inf")):
            raise InvalidInput(f"{value} is no number that SQL can hold.")
        return repr(value)
    if isinstance(value, datetime):
        return f"'{_utc(value)}'"
    if "\0" in value:
        raise InvalidInput("A text with a NUL character cannot be looked up.", hint="Leave the character out.")
    parts = [part.replace("\\", "\\\\").replace("'", "''") for part in _REWRITTEN.split(value)]
    # Cut where a macro or a template would begin, and put together again by Snowflake.
    return f"'{parts[0]}'" if len(parts) == 1 else "(" + " || ".join(f"'{part}'" for part in parts) + ")"


def quoted_list(values: Iterable[str | float | bool | datetime | None]) -> str:
    """Return `values` as they stand between the parentheses of IN."""
    return ", ".join(quoted(value) for value in values)


def quoted_name(name: str) -> str:
    """Return one name, such as a column's alias, in double quotes: case and odd characters stay as they are."""
    if not name or "\0" in name:
        raise InvalidInput(f"{name[:100]!r} is no name.")
    # A template would be rendered inside quotes too, and a name cannot be put together.
    if _REWRITTEN.search(name):
        raise InvalidInput(f"{name[:100]!r} cannot be a name in SQL.", hint="Leave braces and p_occurs out of it.")
    return '"' + name.replace('"', '""') + '"'


def plain_name(name: str) -> str:
    """Return a table's or column's name, with its database where it has one, if it needs no quotes.

    Raises `InvalidInput` otherwise. Quotes would make it case-sensitive, and find nothing.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name[:100]!r} is no name of a table or column.", hint="list_database_tables tells the tables' names."
        )
    return name


def lake_time(moment: str) -> str:
    """Return an ISO 8601 time as the data lake writes it, in UTC: for quoting, and comparable with its times."""
    return _utc(datetime.fromisoformat(moment))


def between(start: str, end: str) -> str:
    """Return the condition for events from `start` to `end` (ISO 8601), which lets Snowflake skip the others."""
    return f"p_occurs_between({quoted(lake_time(start))}, {quoted(lake_time(end))})"


def _utc(moment: datetime) -> str:
    """Return `moment` as the lake writes times; one without a zone is in UTC already."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")
    return text.removesuffix(".000")

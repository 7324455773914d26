"""What of a caller's values may stand in SQL: the one place where they are quoted."""

import re
from datetime import UTC, datetime

# Panther rewrites its macros and templates before Snowflake reads the SQL, perhaps inside strings too.
_REWRITTEN = re.compile(r"(?i)(?<=p_)(?=occurs)|(?<=\{)(?=[{%#])")


def quoted(text: str) -> str:
    """Return `text` as a string of Snowflake SQL that means exactly it, whatever it holds."""
    parts = [part.replace("\\", "\\\\").replace("'", "''") for part in _REWRITTEN.split(text)]
    # Cut where a macro or a template would begin, and put together again by Snowflake.
    return f"'{parts[0]}'" if len(parts) == 1 else "(" + " || ".join(f"'{part}'" for part in parts) + ")"


def quoted_list(texts: list[str]) -> str:
    """Return `texts` as they stand between the parentheses of IN."""
    return ", ".join(quoted(text) for text in texts)


def lake_time(moment: str) -> str:
    """Return an ISO 8601 time as the data lake writes it, in UTC: for quoting, and comparable with its times."""
    given = datetime.fromisoformat(moment)
    return given.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def between(start: str, end: str) -> str:
    """Return the condition for events from `start` to `end` (ISO 8601), which lets Snowflake skip the others."""
    return f"p_occurs_between({quoted(lake_time(start))}, {quoted(lake_time(end))})"

"""Values of the lake as our own SQL asks for them, whatever form a Panther gives them."""

from collections.abc import Sequence
from typing import cast

from pydantic_core import from_json

from panther_mcp.runtime import JsonObject


def aliased(rows: Sequence[JsonObject]) -> list[JsonObject]:
    """Return rows by the aliases of our SQL, which are in lower case: Snowflake writes them in upper case."""
    return [{name.lower(): value for name, value in row.items()} for row in rows]


def log_type_of(row: JsonObject) -> str | None:
    """Return the log type that a row of a log table names."""
    found = next((value for name, value in row.items() if name.lower() == "p_log_type"), None)
    return found if isinstance(found, str) else None


def count(value: object) -> int:
    """Return a count; an absent one is none."""
    return int(float(value)) if isinstance(value, str | int | float) and value != "" else 0


def texts(value: object) -> list[str]:
    """Return the texts of an array, which may come as its JSON."""
    found = value
    if isinstance(value, str):
        try:
            found = from_json(value)
        except ValueError:
            return [value] if value else []
    if not isinstance(found, list):
        return []
    return [item if isinstance(item, str) else str(item) for item in cast("list[object]", found) if item is not None]

"""DuckDB's values as JSON values, the way Panther's API gives them."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, cast

from panther_sandbox.clock import lake_time

# Up to here a float holds every whole number; Panther writes such numbers without a fraction.
_EXACT = 2.0**53
_TYPES = {
    "VARCHAR": "string",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "INTEGER": "int",
    "SMALLINT": "int",
    "TINYINT": "int",
    "BOOLEAN": "boolean",
    "DOUBLE": "double",
    "FLOAT": "double",
    "VARIANT": "variant",
    "JSON": "variant",
}


def panther_type(duckdb_type: str) -> str:
    """Return Panther's name of a DuckDB type."""
    if duckdb_type.endswith("]"):
        return "array"
    if duckdb_type.startswith("DECIMAL"):
        return "double"
    if duckdb_type.startswith("TIMESTAMP"):
        return "timestamp"
    if duckdb_type.startswith(("STRUCT", "MAP")):
        return "variant"
    return _TYPES.get(duckdb_type, "string")


def unique_names(names: Sequence[str]) -> list[str]:
    """Number repeated column names (`id`, `id_2`), since a row is a JSON object."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def json_rows(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Make a JSON object of each row."""
    return [dict(zip(names, map(json_value, row), strict=True)) for row in rows]


def json_value(value: Any) -> Any:
    """Make a value that json.dumps takes: times as text, numbers that JSON lacks as None."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.datetime):
        return lake_time(value)
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [json_value(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, uuid.UUID | dt.timedelta):
        return str(value)
    raise TypeError(f"a result cell of type {type(value).__name__}")

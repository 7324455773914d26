"""What tools tell as a table, as the objects that it says."""

from typing import Any

from panther_mcp.catalog import read_catalog
from panther_mcp.packing.table import unpacked
from panther_mcp.registry import load_overrides

# The list of a tool's result that is told as a table, by the tool.
TABLES = {
    name: override.table
    for overrides in load_overrides(read_catalog()).values()
    for name, override in overrides.items()
    if override.table is not None
}


def as_objects(tool: str, result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of `tool` with objects in place of rows."""
    return unpacked(result, TABLES[tool]) if tool in TABLES else result

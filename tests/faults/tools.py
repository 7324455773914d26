"""The tools there are, each with arguments that work on a new sandbox: its description's own example."""

from __future__ import annotations

import json
from typing import Any

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.registry import load_overrides, register

_CATALOG = read_catalog()
TOOLS = {tool.name: tool for tool in register(_CATALOG, load_overrides(_CATALOG))}
WRITES = frozenset(tool.name for tool in catalog_tools(_CATALOG) if tool.effect != "read")
_PATIENCE = ("timeout", "timeout_seconds")


def example(name: str) -> dict[str, Any]:
    """Return arguments of a tool."""
    arguments: dict[str, Any] = json.loads(TOOLS[name].description.partition("Example: ")[2])
    return arguments


def shortest_wait(name: str) -> dict[str, Any]:
    """Return the argument that lets a tool wait for a run in Panther as shortly as it can; none where it has none."""
    offered = TOOLS[name].parameters["properties"]
    return {parameter: offered[parameter]["minimum"] for parameter in _PATIENCE if parameter in offered}

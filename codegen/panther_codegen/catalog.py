"""The catalog: everything about the tools that the server needs before one is called, as JSON."""

import json
from typing import Any

from panther_codegen.ir import Listing, Record, Tool, Toolset, labelled
from panther_codegen.json_schema import input_schema, output_schema


def catalog(toolsets: list[Toolset]) -> dict[str, Any]:
    """Return the catalog of `toolsets`, with the tools of each in the manifest's order."""
    return {
        "toolsets": {toolset.name: {"title": toolset.title, "default": toolset.default} for toolset in toolsets},
        "tools": [_entry(tool) for toolset in toolsets for tool in toolset.tools],
    }


def catalog_text(content: dict[str, Any]) -> str:
    """Return `content` as the text of `catalog.json`."""
    return json.dumps(content, indent=1) + "\n"


def _entry(tool: Tool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": tool.name,
        "toolset": tool.toolset,
        "effect": tool.effect,
        "annotations": _annotations(tool),
        "permissions": {"all_of": list(tool.all_of), "any_of": list(tool.any_of)},
        "operations": list(tool.operations),
        "input_schema": input_schema(tool),
        "output_schema": output_schema(),
        "untrusted": sorted(labelled(tool.result, "untrusted")),
    }
    if lists := _listed(tool):
        entry["lists"] = lists
    if tool.billable:
        entry["billable"] = True
    if tool.workflow:
        entry["workflow"] = True
    if tool.confirm:
        entry["confirm"] = True
    if tool.timeout is not None:
        entry["timeout"] = tool.timeout
    return entry


def _listed(tool: Tool) -> str | None:
    """Return the field that holds the tool's list, when listing is what it does: when there is one list."""
    if not isinstance(tool.result, Record) or tool.effect != "read":
        return None
    lists = [name for name, part in tool.result.fields.items() if isinstance(part, Listing)]
    return lists[0] if len(lists) == 1 and next(iter(tool.result.fields)) == lists[0] else None


def _annotations(tool: Tool) -> dict[str, bool]:
    """Return MCP's hints, those that differ from what the protocol assumes of a tool without them."""
    if tool.effect == "read":
        return {"readOnlyHint": True}
    hints = {"destructiveHint": tool.effect == "destructive"}
    if tool.idempotent:
        hints["idempotentHint"] = True
    return hints

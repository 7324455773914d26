"""Say in one line why a list may be empty: its time range, its filters, or what the token may see."""

from collections.abc import Mapping
from typing import Any

from panther_mcp.registry import RegisteredTool
from panther_mcp.results import JsonObject

# Arguments that choose a page or its form, but leave nothing out.
_NO_FILTERS = frozenset(
    {"cursor", "limit", "page_size", "max_rows", "detail", "sort_dir", "timeout", "start_date", "end_date"}
)


def emptiness(
    result: JsonObject, tool: RegisteredTool, given: Mapping[str, Any], arguments: Mapping[str, Any]
) -> str | None:
    """Return why the list of `result` may be empty, or None when it is not, or `tool` lists nothing.

    `given` are the arguments as the caller wrote them, `arguments` those with all defaults.
    """
    name = tool.catalog.lists
    if name is None or result.get(name) or {"next_cursor", "note"} & result.keys():
        return None
    why: list[str] = []
    if arguments.get("start_date") and arguments.get("end_date"):
        why.append(f"the time range is {arguments['start_date']} to {arguments['end_date']}")
    # What has to be given says of what the list is, and narrows nothing.
    filters = [param for param in given if param not in _NO_FILTERS.union(tool.parameters.get("required", ()))]
    if filters:
        why.append(f"only what matches {', '.join(filters)} counts")
    why.append("what the token may not see is left out")
    return f"No {name.replace('_', ' ')}: {'; '.join(why)}."

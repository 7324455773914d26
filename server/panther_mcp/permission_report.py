"""`panther-mcp permissions`: the least that a token needs for each toolset, and what the present one has."""

import asyncio
from collections.abc import Callable, Iterator

from panther_mcp.catalog import Catalog, CatalogTool, catalog_tools, read_catalog
from panther_mcp.errors import PantherMcpError
from panther_mcp.http import PantherHttp
from panther_mcp.selection import selected_tools
from panther_mcp.settings import Settings
from panther_mcp.token_permissions import missing, token_permissions


def needed(tools: list[CatalogTool]) -> list[str]:
    """Return the least set of permissions with which all `tools` can be used, as far as each needs certain ones.

    Where a tool is content with any one of several, all of them are named: each opens a part of what it reads.
    """
    names = {name for tool in tools for group in ("all_of", "any_of") for name in tool.permissions.get(group, ())}
    return sorted(names)


def report(catalog: Catalog, settings: Settings, granted: frozenset[str] | None) -> Iterator[str]:
    """Yield the lines of the report; `granted` is what the token has, or None when that is unknown."""
    tools = catalog_tools(catalog)
    chosen = selected_tools(catalog, settings)
    for name in catalog["toolsets"]:
        of_toolset = [tool for tool in tools if tool.toolset == name]
        offered = "" if any(tool.name in chosen for tool in of_toolset) else " (not offered)"
        yield f"{name}{offered}: {', '.join(needed(of_toolset)) or 'none'}"
        reading = [tool for tool in of_toolset if tool.effect == "read"]
        if 0 < len(reading) < len(of_toolset):
            yield f"  to read only: {', '.join(needed(reading)) or 'none'}"
    yield ""
    offered_tools = [tool for tool in tools if tool.name in chosen]
    least = needed(offered_tools)
    yield f"For what is offered now: {', '.join(least)}"
    if granted is None:
        return
    lacking = {tool.name: missing(tool, granted) for tool in offered_tools}
    unusable = {name: names for name, names in lacking.items() if names}
    yield f"The token lacks: {', '.join(sorted(set(least) - granted)) or 'nothing'}"
    for name, names in unusable.items():
        yield f"  {name} needs {', '.join(names)}"
    yield f"The token has more than it needs: {', '.join(sorted(granted - set(least))) or 'nothing'}"


async def granted_by(settings: Settings) -> frozenset[str]:
    """Return the permissions of the token of `settings`. Raises `PantherMcpError` when Panther does not tell."""
    http = PantherHttp(settings)
    try:
        return await token_permissions(http.rest)
    finally:
        await http.aclose()


def print_report(settings: Settings, write: Callable[[str], None]) -> bool:
    """Write the report for `settings`, a line at a time; return whether the token could be looked at."""
    granted: frozenset[str] | None = None
    unknown = ""
    try:
        granted = asyncio.run(granted_by(settings))
    except PantherMcpError as error:
        unknown = str(error)
    for line in report(read_catalog(), settings, granted):
        write(line)
    if granted is None:
        write(f"What the token has is unknown. {unknown}")
    return granted is not None

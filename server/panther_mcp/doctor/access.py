"""The checks of the API token: is it accepted, for how long, from where, and for which of the offered tools?"""

from datetime import UTC, datetime
from typing import cast

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.doctor.case import Case
from panther_mcp.doctor.findings import Finding, failed, ok, warning
from panther_mcp.errors import PermissionDenied, bounded
from panther_mcp.permission_report import needed
from panther_mcp.selection import selected_tools
from panther_mcp.token_permissions import missing

_SOON_DAYS = 14
_LONGEST_NAME = 80
_REFUSED_HERE = (
    "The token may be bound to addresses (CIDR) that leave this machine out, or belong to another Panther. An admin "
    "sees that under Settings > API Tokens."
)
_NEW_TOKEN = "Make a new one (Panther console: Settings > API Tokens), and set PANTHER_API_TOKEN to it."  # noqa: S105


async def token(case: Case) -> Finding:
    """Find whether Panther accepts the token. What it says of itself was asked for when the API was looked for."""
    if case.refusal is not None:
        fix = _REFUSED_HERE if isinstance(case.refusal, PermissionDenied) else case.refusal.hint
        return failed(case.refusal.message, fix)
    held = case.token or {}
    name = bounded(str(held.get("name") or "without a name"), _LONGEST_NAME)
    blocks = held.get("allowedCIDRBlocks")
    bound = f", for {', '.join(map(str, cast('list[object]', blocks)))}" if isinstance(blocks, list) and blocks else ""
    told = f"accepted: {name!r}{bounded(bound)}"
    until = _time(held.get("expiresAt"))
    if until is None:
        return ok(told)
    days = (until - datetime.now(UTC)).days
    told = f"{told}, until {until:%Y-%m-%d}"
    return ok(told) if days >= _SOON_DAYS else warning(f"{told}: {max(days, 0)} days from now", _NEW_TOKEN)


async def permissions(case: Case) -> Finding:
    """Find which of the tools that are offered the token may not use."""
    granted, catalog = case.granted, read_catalog()
    chosen = selected_tools(catalog, case.sound)
    offered = [tool for tool in catalog_tools(catalog) if tool.name in chosen]
    lacking = {tool.name: (tool.toolset, names) for tool in offered if (names := missing(tool, granted))}
    if not lacking:
        return ok(f"enough for all {len(offered)} tools that are offered")
    by_toolset: dict[str, set[str]] = {}
    for toolset, names in lacking.values():
        by_toolset.setdefault(toolset, set()).update(names)
    fixes = [f"{toolset} lacks {', '.join(sorted(names))}" for toolset, names in sorted(by_toolset.items())]
    told = f"{len(lacking)} of {len(offered)} tools that are offered cannot be used"
    advice = "Give these to the token, or offer less (PANTHER_MCP_TOOLSETS); `panther-mcp permissions` names each tool."
    # A few tools need no permission; a token for them alone is a mistake.
    finding = failed if granted.isdisjoint(needed(offered)) else warning
    return finding(told, f"{'; '.join(fixes)}. {advice}")


def _time(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

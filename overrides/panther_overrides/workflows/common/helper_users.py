"""What imports a global helper: found by reading the code of all detections and helpers, without running any."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from panther_mcp.errors import PermissionDenied
from panther_mcp.runtime import Call, collect

_MOST = 20_000
_PAGE = 1_000


async def users_of(call: Call, helper_id: str) -> list[str]:
    """Return the ids of the detections, data models and other helpers that import a helper, each with its kind.

    A kind that the API token may not read is left out, which is told in a warning.
    """
    rest = call.rest
    listings: dict[str, Callable[..., Awaitable[Any]]] = {
        "rule": rest.rule_list,
        "scheduled rule": rest.scheduled_rule_list,
        "policy": rest.policy_list,
        "data model": rest.data_model_list,
        "global helper": rest.global_list,
    }
    imports = import_of(helper_id)
    found: list[str] = []
    for kind, fetch_page in listings.items():

        async def fetch(cursor: str | None, fetch_page: Callable[..., Awaitable[Any]] = fetch_page) -> object:
            return await fetch_page(cursor=cursor, limit=_PAGE)

        try:
            listed = await collect(fetch, "items", limit=_MOST, fields=("id", "body"))
        except PermissionDenied:
            call.warnings.append(f"It is not known whether a {kind} imports it: the API token may not read those.")
            continue
        found += [
            f"{item['id']} ({kind})"
            for item in listed["items"]
            if item["id"] != helper_id and imports.search(item.get("body", ""))
        ]
    return found


def import_of(module: str) -> re.Pattern[str]:
    """Return a pattern for a line of Python that imports `module`."""
    name = re.escape(module)
    others = r"(?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*"
    return re.compile(rf"^[ \t]*(?:from[ \t]+{name}\b|import[ \t]+{others}{name}\b)", re.MULTILINE)

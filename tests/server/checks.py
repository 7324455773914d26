"""The register of what shows that a tool does what it says, one check a tool."""

from collections.abc import Awaitable, Callable
from typing import Any

Check = Callable[[Any, Any], Awaitable[None]]
CHECKS: dict[str, Check] = {}


def check(tool: str) -> Callable[[Check], Check]:
    """Register what shows that a tool does what it says."""

    def register(function: Check) -> Check:
        CHECKS[tool] = function
        return function

    return register


def said(value: Any) -> Any:
    """What a result says of an answer: nothing about what is null or empty."""
    if isinstance(value, dict):
        pairs = {name: said(item) for name, item in value.items()}
        return {name: item for name, item in pairs.items() if item is not None and item not in ("", [], {})}
    return [said(item) for item in value if item is not None] if isinstance(value, list) else value

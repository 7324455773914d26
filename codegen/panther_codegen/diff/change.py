"""One change of the API: how grave it is, what it is about, and the tools that it touches."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["breaking", "dangerous", "new"]
LEVELS: tuple[Level, ...] = ("breaking", "dangerous", "new")
_TITLES = {
    "breaking": "Breaking: what is asked for or sent is refused, or its answer is gone",
    "dangerous": "Dangerous: the same call may now answer otherwise",
    "new": "New",
}


@dataclass(frozen=True, order=True)
class Change:
    """A change: `level`, what it is about (a schema coordinate or a route), a sentence, and the tools, sorted."""

    level: Level
    subject: str
    message: str
    tools: tuple[str, ...] = ()


def breaks_a_tool(changes: list[Change]) -> bool:
    """Tell whether any breaking change touches a tool."""
    return any(change.level == "breaking" and change.tools for change in changes)


def as_json(changes: list[Change]) -> dict[str, Any]:
    """Return the changes as JSON, and whether any of them breaks a tool."""
    return {"breaks_a_tool": breaks_a_tool(changes), "changes": [asdict(change) for change in changes]}


def as_text(changes: list[Change]) -> str:
    """Return the changes as Markdown that also reads well in a terminal."""
    if not changes:
        return "Nothing has changed.\n"
    lines: list[str] = []
    for level in LEVELS:
        of_level = [change for change in changes if change.level == level]
        if of_level:
            lines += [f"## {_TITLES[level]} ({len(of_level)})", "", *(_line(change) for change in of_level), ""]
    return "\n".join(lines)


def _line(change: Change) -> str:
    tools = f" Touches {', '.join(change.tools)}." if change.tools else ""
    return f"- {change.message}{tools}"

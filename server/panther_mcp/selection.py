"""Choose the tools to offer: toolsets and tools by name, with an error for a name that is none."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from panther_mcp.catalog import Catalog
from panther_mcp.errors import SettingsError
from panther_mcp.settings import Settings

DEFAULT = "default"
ALL = "all"


def selected_tools(catalog: Catalog, settings: Settings) -> frozenset[str]:
    """Return the names of the tools that `settings` ask for.

    `toolsets` names toolsets, `default` or `all`; `tools` adds single tools, or are the only ones where no
    toolset is named; `exclude_tools` takes some away, and `read_only` all that change something. Raises
    `SettingsError` with each name that is unknown.
    """
    known = {tool["name"]: tool["toolset"] for tool in catalog["tools"]}
    toolsets: Mapping[str, Mapping[str, object]] = catalog["toolsets"]
    problems = [
        *_unknown("toolset", settings.toolsets, (*toolsets, DEFAULT, ALL)),
        *_unknown("tool", (*settings.tools, *settings.exclude_tools), known),
    ]
    if problems:
        raise SettingsError(problems)
    wanted = settings.toolsets or (() if settings.tools else (DEFAULT,))
    named = {
        name
        for name, toolset in toolsets.items()
        if name in wanted or ALL in wanted or (DEFAULT in wanted and toolset["default"])
    }
    chosen = {name for name, toolset in known.items() if toolset in named}.union(settings.tools)
    chosen.difference_update(settings.exclude_tools)
    if settings.read_only:
        chosen.difference_update(tool["name"] for tool in catalog["tools"] if tool["effect"] != "read")
    if not chosen:
        raise SettingsError(["no tool is left: every one that was chosen is excluded, or changes something"])
    return frozenset(chosen)


def reduced(catalog: Catalog, chosen: frozenset[str]) -> Catalog:
    """Return `catalog` with only the toolsets that have one of the tools `chosen`."""
    toolsets = {tool["toolset"] for tool in catalog["tools"] if tool["name"] in chosen}
    return {
        "toolsets": {name: toolset for name, toolset in catalog["toolsets"].items() if name in toolsets},
        "tools": [tool for tool in catalog["tools"] if tool["toolset"] in toolsets],
    }


def _unknown(kind: str, given: Sequence[str], known: Iterable[str]) -> list[str]:
    names = tuple(known)
    return [f"there is no {kind} {name[:100]!r}: {_help(kind, name, names)}" for name in given if name not in names]


def _help(kind: str, name: str, names: tuple[str, ...]) -> str:
    close = get_close_matches(name, names, n=1)
    nearest = f"did you mean '{close[0]}'? " if close else ""
    return f"{nearest}The {kind}s are {', '.join(sorted(names))}."

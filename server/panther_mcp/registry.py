"""Join the catalog with the overrides: the tools as they are offered, or everything that does not fit."""

import copy
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from panther_mcp.catalog import Catalog, CatalogTool, catalog_tools
from panther_mcp.errors import RegistrationError
from panther_mcp.settings import ConfirmMode
from panther_overrides.model import Rule, ToolOverride, ToolsetOverrides

# Arguments of every tool that writes; they steer the call and do not reach the tool's function.
DRY_RUN = "dry_run"
CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class RegisteredTool:
    """A tool as it is offered: the catalog's facts, with the overrides' words and rules applied."""

    catalog: CatalogTool
    description: str
    parameters: Mapping[str, Any]
    rules: tuple[Rule, ...]
    ceiling: int
    # Whether a person has to agree before it changes anything.
    confirmed: bool = False
    keywords: str = ""
    # Which list of its result is told as a table (see `panther_mcp.packing`).
    table: str | None = None

    @property
    def name(self) -> str:
        """The tool's name."""
        return self.catalog.name


def load_overrides(catalog: Catalog) -> dict[str, ToolsetOverrides]:
    """Return the overrides of each toolset of `catalog`, from its module in `panther_overrides`.

    Raises `RegistrationError` when a toolset has no such module.
    """
    found: dict[str, ToolsetOverrides] = {}
    problems: list[str] = []
    for toolset in catalog["toolsets"]:
        name = f"panther_overrides.{toolset}"
        try:
            found[toolset] = importlib.import_module(name).TOOLS
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            problems.append(f"toolset '{toolset}' has no overrides: add {name} with TOOLS = {{...}}")
    if problems:
        raise RegistrationError(problems)
    return found


def register(
    catalog: Catalog, overrides: Mapping[str, ToolsetOverrides], confirm: ConfirmMode = "auto"
) -> tuple[RegisteredTool, ...]:
    """Return the tools of `catalog` with `overrides` (toolset to tool to override) applied.

    Every tool that writes also takes `dry_run`, and one that `confirm` has a person agree to takes `confirmation`.

    Raises `RegistrationError` with every override that names a tool or parameter that does not exist, and
    every tool or parameter that the overrides say nothing about.
    """
    tools = {tool.name: tool for tool in catalog_tools(catalog)}
    problems: list[str] = []
    for toolset, entries in overrides.items():
        for name in entries:
            if name not in tools:
                problems.append(f"override of an unknown tool '{name}': {_nearest(name, tools)}")
            elif tools[name].toolset != toolset:
                problems.append(
                    f"override of '{name}' stands in panther_overrides.{toolset}, "
                    f"but the tool belongs to {tools[name].toolset}"
                )
    registered: list[RegisteredTool] = []
    for tool in tools.values():
        override = overrides.get(tool.toolset, {}).get(tool.name)
        if override is None or not override.description:
            problems.append(f"tool '{tool.name}' has no description: add it to panther_overrides.{tool.toolset}")
            continue
        problems += _misfits(tool, override)
        registered.append(_applied(tool, override, confirm))
    if problems:
        raise RegistrationError(problems)
    return tuple(registered)


def _misfits(tool: CatalogTool, override: ToolOverride) -> list[str]:
    known: Mapping[str, Any] = tool.input_schema["properties"]
    problems = [
        f"override of an unknown parameter '{param}' of {tool.name}: {_nearest(param, known)}"
        for param in override.params
        if param not in known
    ]
    problems += [
        f"rule {rule.name} of {tool.name} looks at an unknown parameter '{param}': {_nearest(param, known)}"
        for rule in override.rules
        for param in rule.params
        if param not in known
    ]
    problems += [
        f"parameter '{param}' of {tool.name} has no sentence: add it to its override"
        for param in known
        if not override.params.get(param)
    ]
    return problems


def _applied(tool: CatalogTool, override: ToolOverride, confirm: ConfirmMode) -> RegisteredTool:
    schema = copy.deepcopy(dict(tool.input_schema))
    for param, sentence in override.params.items():
        if param in schema["properties"]:
            schema["properties"][param]["description"] = sentence
    for rule in override.rules:
        if all(param in schema["properties"] for param in rule.params):
            rule.narrow(schema)
    confirmed = tool.effect != "read" and (confirm == "always" or (confirm == "auto" and tool.confirm))
    if tool.effect != "read":
        schema["properties"][DRY_RUN] = {"type": "boolean", "description": "Only tell what would change."}
    if confirmed:
        schema["properties"][CONFIRMATION] = {"type": "string", "description": "From the preview, once agreed to."}
    return RegisteredTool(
        catalog=tool,
        description=override.description,
        parameters=schema,
        rules=override.rules,
        ceiling=override.ceiling,
        confirmed=confirmed,
        keywords=override.keywords,
        table=override.table,
    )


def _nearest(name: str, known: Mapping[str, Any]) -> str:
    if not known:
        return "there are none"
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(sorted(known))}"

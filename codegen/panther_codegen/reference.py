"""Render docs/tools.md: the tools as a client sees them, joined with their overrides."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from panther_codegen.ir import Leaf, Listing, Record, Shape
from panther_codegen.labels import Half
from panther_codegen.problems import Problems
from panther_codegen.render import render
from panther_mcp.errors import RegistrationError
from panther_mcp.registry import RegisteredTool, register
from panther_overrides.model import ToolsetOverrides

# How the overrides of a catalog are found; see `panther_mcp.registry.load_overrides`.
FindOverrides = Callable[[Mapping[str, Any]], Mapping[str, ToolsetOverrides]]
_HALVES: Mapping[Half, str] = {"graphql": "GraphQL", "rest": "REST"}
_EFFECTS = {"read": "Reads only.", "write": "**Writes.**", "destructive": "**Destructive.**"}


def tools_reference(
    catalog: Mapping[str, Any],
    returns: Mapping[str, Shape],
    overrides: FindOverrides,
    problems: Problems,
    *,
    unresolved: frozenset[str],
    left_out: Mapping[Half, Mapping[str, str]],
) -> str:
    """Return the text of docs/tools.md; overrides that do not fit `catalog` are added to `problems`.

    `returns` has the shape of each tool's result, all of which stands in no schema. `unresolved` are the tools
    that `catalog` lacks because of other problems: their overrides are not to blame. `left_out` says of
    operations why no tool uses them.
    """
    try:
        found = {
            toolset: {name: override for name, override in entries.items() if name not in unresolved}
            for toolset, entries in overrides(catalog).items()
        }
        tools = register(catalog, found)
    except RegistrationError as error:
        for problem in error.problems:
            problems.add("overrides/panther_overrides", 0, problem, "mend the override, or the manifest")
        return ""
    grouped = [
        (
            {"name": name, **toolset},
            [_documented(tool, returns[tool.name]) for tool in tools if tool.catalog.toolset == name],
        )
        for name, toolset in catalog["toolsets"].items()
    ]
    groups = [(_HALVES[half], sorted(reasons.items())) for half, reasons in left_out.items() if reasons]
    return render("tools.md.j2", toolsets=grouped, count=len(tools), left_out=groups)


def _documented(tool: RegisteredTool, returns: Shape) -> dict[str, Any]:
    facts = [_EFFECTS[tool.catalog.effect]]
    if tool.catalog.billable:
        facts.append("Each call costs: it uses the warehouse or the AI that Panther bills.")
    facts += [
        f"Needs {joined.join(f'`{name}`' for name in names)}."
        for group, joined in (("all_of", " and "), ("any_of", " or "))
        if (names := tool.catalog.permissions.get(group))
    ]
    facts += [rule.says for rule in tool.rules]
    facts.append(f"The result has at most {tool.ceiling // 1000} kB.")
    if tool.table is not None:
        facts.append(f"`{tool.table}` may be a [table](library.md#tables).")
    required = cast("list[str]", tool.parameters.get("required", []))
    params = [
        {
            "name": name,
            "required": name in required,
            "type": _type(schema),
            "description": str(schema.get("description", "")).replace("|", "\\|"),
        }
        for name, schema in cast("dict[str, dict[str, Any]]", tool.parameters["properties"]).items()
    ]
    return {
        "name": tool.name,
        "description": tool.description,
        "facts": " ".join(facts),
        "params": params,
        "returns": _result(returns),
    }


def _type(schema: dict[str, Any]) -> str:
    if schema.get("type") == "array":
        text = f"list of {_type(schema.get('items', {}))}"
    elif "enum" in schema:
        text = ", ".join(f"`{value}`" for value in schema["enum"])
    else:
        text = str(schema.get("type", "any"))
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxItems", "at most"))
        if key in schema
    ]
    if "default" in schema:
        bounds.append(f"default `{json.dumps(schema['default'])}`")
    return ", ".join([text, *bounds])


def _result(shape: Shape) -> str:
    match shape:
        case Leaf():
            return shape.type
        case Listing():
            return f"[{_result(shape.item)}]"
        case Record():
            return "{" + ", ".join(f"{name}{_nested(part)}" for name, part in shape.fields.items()) + "}"


def _nested(shape: Shape) -> str:
    return "" if isinstance(shape, Leaf) else f": {_result(shape)}"

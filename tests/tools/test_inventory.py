"""What holds for every tool: names that stay, descriptions with examples, schemas that say no more than is so."""

import inspect
import json
import re
import typing
from collections.abc import Awaitable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from panther_mcp.arguments import ArgumentValidator, normalise
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.results import JsonObject

CATALOG = read_catalog()
TOOLS = {tool.name: tool for tool in catalog_tools(CATALOG)}
INCUMBENT = json.loads(Path(__file__).with_name("incumbent.json").read_text())
ANNOTATIONS = {
    "read": {"readOnlyHint": True},
    "write": {"destructiveHint": False},
    "destructive": {"destructiveHint": True},
}
# Every client reads all of it at the start of every conversation: raise these knowingly. The first is half of what
# the incumbent's same tools take.
MOST_BYTES_OF_THE_INCUMBENTS = 26_000
MOST_BYTES_BY_DEFAULT = 40_000
MOST_BYTES_A_TOOL = 4_000


def example(entry: JsonObject) -> JsonObject:
    """Return the arguments that the description of a tool gives as its example."""
    _, found, text = entry["description"].partition("Example: ")
    assert found, f"{entry['name']}: the description ends with 'Example: ' and arguments as JSON"
    return json.loads(text)


def own(entry: JsonObject) -> set[str]:
    """Return the parameters that reach the tool's function, not those that steer a write."""
    return entry["inputSchema"]["properties"].keys() - {"dry_run", "confirmation"}


def function(name: str) -> Any:
    module, _, called = TOOLS[name].target.partition(":")
    return getattr(import_module(module), called)


def nodes(schema: Any) -> Iterator[JsonObject]:
    """Yield each schema in `schema`."""
    if isinstance(schema, dict):
        yield schema
        for name, value in schema.items():
            yield from (part for one in value.values() for part in nodes(one)) if name == "properties" else nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def test_the_list_is_the_catalog(listed):
    assert list(listed) == list(TOOLS)


def test_the_list_is_small(listed, record_property, capsys):
    sizes = {name: len(json.dumps(entry, separators=(",", ":")).encode()) + 1 for name, entry in listed.items()}
    offered = {name for name, tool in TOOLS.items() if CATALOG["toolsets"][tool.toolset]["default"]}
    totals = {
        "of the incumbent's": sum(sizes[name] for name in INCUMBENT),
        "by default": sum(sizes[name] for name in offered),
        "all": sum(sizes.values()),
    }
    record_property("tools_list_bytes", totals)
    with capsys.disabled():
        counts = {"of the incumbent's": len(INCUMBENT), "by default": len(offered), "all": len(sizes)}
        said = "; ".join(f"{name}: {total} bytes, {counts[name]} tools" for name, total in totals.items())
        print(f"\ntools/list {said}")  # noqa: T201 - what a reviewer looks for
    assert totals["of the incumbent's"] <= MOST_BYTES_OF_THE_INCUMBENTS
    assert totals["by default"] <= MOST_BYTES_BY_DEFAULT
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES_A_TOOL} == {}


@pytest.mark.parametrize("name", TOOLS)
def test_names_are_what_clients_accept(name):
    assert re.fullmatch(r"[a-z][a-z0-9_]{2,47}", name)


@pytest.mark.parametrize("name", INCUMBENT)
def test_a_tool_of_the_incumbent_keeps_its_parameters_and_takes_its_defaults(name, listed):
    entry = listed[name]
    ours = entry["inputSchema"]
    params = INCUMBENT[name]
    assert params.keys() <= ours["properties"].keys()
    assert set(ours.get("required", ())) <= {param for param, facts in params.items() if facts.get("required")}
    needed = {param: value for param, value in example(entry).items() if param in ours.get("required", ())}
    defaults = {param: facts["default"] for param, facts in params.items() if "default" in facts}
    assert ArgumentValidator(function(name))(normalise(needed | defaults, ours)).keys() == own(entry)


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_and_each_parameter_are_described(name, listed):
    entry = listed[name]
    assert len(entry["description"]) >= 40
    for param, schema in entry["inputSchema"]["properties"].items():
        assert schema["description"].endswith("."), param
        assert len(schema["description"]) >= 6, param


@pytest.mark.parametrize("name", TOOLS)
def test_the_example_is_valid(name, listed):
    entry = listed[name]
    jsonschema.validate(example(entry), entry["inputSchema"])
    assert ArgumentValidator(function(name))(example(entry)).keys() == own(entry)


@pytest.mark.parametrize("name", TOOLS)
def test_annotations_follow_the_effect(name, listed):
    effect = TOOLS[name].effect
    annotations = dict(listed[name]["annotations"])
    if effect != "read":
        annotations.pop("idempotentHint", None)
    assert annotations == ANNOTATIONS[effect]


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_valid_and_say_nothing_superfluous(name, listed):
    entry = listed[name]
    for schema in (entry["inputSchema"], entry["outputSchema"]):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        for node in nodes(schema):
            assert not {"title", "anyOf", "$ref", "$defs", "nullable", "examples"} & node.keys()
            assert node.get("type") != "null"
            assert None not in (node.get("default", 0), *node.get("enum", ()))
    # The title is for clients that drop a tool without one.
    assert not entry.keys() - {"name", "title", "description", "inputSchema", "outputSchema", "annotations"}


@pytest.mark.parametrize("name", TOOLS)
def test_an_output_schema_promises_nothing_that_panther_may_break(name, listed):
    for node in nodes(listed[name]["outputSchema"]):
        assert not {"required", "enum", "const", "additionalProperties", "minItems", "pattern", "format"} & node.keys()


@pytest.mark.parametrize("name", TOOLS)
def test_permissions_are_named(name):
    permissions = TOOLS[name].permissions
    assert permissions["all_of"] or permissions["any_of"] or name in ("get_permissions", "get_session_info")


WORKFLOWS = [name for name, tool in TOOLS.items() if tool.workflow]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_satisfies_its_protocol(name):
    module = import_module(f"panther_tools.{TOOLS[name].toolset}")
    protocol = getattr(module, name.title().replace("_", "")).__call__
    workflow = getattr(import_module(f"panther_overrides.workflows.{name}"), name)
    promised, kept = inspect.signature(protocol), inspect.signature(workflow)
    assert [(p.name, p.kind, p.default) for p in kept.parameters.values()] == [
        (p.name, p.kind, p.default) for p in promised.parameters.values() if p.name != "self"
    ]
    # What the annotations name is imported for type checkers only.
    names = {"Literal": typing.Literal}
    hints = typing.get_type_hints(workflow, localns=names)
    returned = hints.pop("return")
    expected = typing.get_type_hints(protocol)
    assert expected.pop("return") == Awaitable[returned]
    assert hints == expected


def test_each_workflow_is_of_a_tool():
    folder = import_module("panther_overrides.workflows").__path__[0]
    modules = {path.stem: path.read_text() for path in Path(folder).glob("*.py")}
    found = [name for name, text in modules.items() if f"\nasync def {name}(" in text]
    assert sorted(found) == sorted(WORKFLOWS)

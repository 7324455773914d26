"""The input schema that a client sees and the validation that a call meets say the same."""

import inspect
from importlib import import_module
from typing import Any

import jsonschema
import pytest

from panther_mcp.arguments import ArgumentValidator
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.errors import InvalidInput

TOOLS = {tool.name: tool for tool in catalog_tools(read_catalog())}
PARAMS = [(name, param) for name, tool in TOOLS.items() for param in tool.input_schema["properties"]]
TIMES = {"start_date", "end_date"}


def function(name: str) -> Any:
    module, _, called = TOOLS[name].target.partition(":")
    return getattr(import_module(module), called)


def fitting(schema: dict[str, Any], param: str) -> list[Any]:
    """Values that `schema` allows, those at its bounds among them."""
    if "enum" in schema:
        return list(schema["enum"])
    if schema["type"] == "array":
        items = fitting(schema["items"], param)
        return [items, items[:1], *([] if schema.get("minItems") else [[]])]
    if schema["type"] == "integer":
        low = schema.get("minimum", -5)
        return [low, schema.get("maximum", low + 1_000)]
    if schema["type"] == "boolean":
        return [True, False]
    if schema["type"] == "object":
        return [{}, {"a": 1}]
    return ["2026-01-01"] if param in TIMES else ["x" * max(schema.get("minLength", 0), 1)]


def misfitting(schema: dict[str, Any]) -> list[Any]:
    """A value for each bound and enum of `schema` that breaks it."""
    found: list[Any] = ["x"] if schema["type"] == "object" else [{"a": 1}]
    if "enum" in schema:
        found += ["no such value", schema["enum"][0].swapcase(), ""]
    if schema["type"] == "array":
        found += [[value] for value in misfitting(schema["items"])] + ([[]] if schema.get("minItems") else []) + ["x"]
    if schema["type"] == "integer":
        found += [schema[name] + step for name, step in (("minimum", -1), ("maximum", 1)) if name in schema] + [
            "x",
            0.5,
        ]
    if schema["type"] == "boolean":
        found += ["x", 2]
    if schema.get("minLength"):
        found.append("x" * (schema["minLength"] - 1))
    return found if schema["type"] == "array" else [*found, [], ["x"]]


def required(name: str) -> dict[str, Any]:
    schema = TOOLS[name].input_schema
    return {param: fitting(schema["properties"][param], param)[0] for param in schema.get("required", ())}


@pytest.mark.parametrize("name", TOOLS)
def test_the_function_has_the_parameters_of_the_schema(name):
    schema = TOOLS[name].input_schema
    call, *params = inspect.signature(function(name)).parameters.values()
    assert call.name == "call"
    assert [param.name for param in params] == list(schema["properties"])
    assert [param.name for param in params if param.default is param.empty] == schema.get("required", [])


@pytest.mark.parametrize("name", TOOLS)
def test_defaults_are_those_of_the_schema(name):
    given = ArgumentValidator(function(name))(required(name))
    for param, schema in TOOLS[name].input_schema["properties"].items():
        if param not in required(name):
            value = given[param]
            if param in TIMES and "default" in schema:
                # A relative time becomes one of the clock's.
                assert value.endswith("Z"), param
                continue
            assert getattr(value, "value", value) == schema.get("default"), param


@pytest.mark.parametrize(("name", "param"), PARAMS)
def test_what_the_schema_allows_is_accepted(name, param):
    schema = TOOLS[name].input_schema
    for value in fitting(schema["properties"][param], param):
        arguments = required(name) | {param: value}
        jsonschema.validate(arguments, schema)
        assert param in ArgumentValidator(function(name))(arguments), value


@pytest.mark.parametrize(("name", "param"), PARAMS)
def test_what_the_schema_forbids_is_refused(name, param):
    schema = TOOLS[name].input_schema
    for value in misfitting(schema["properties"][param]):
        arguments = required(name) | {param: value}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(arguments, schema)
        with pytest.raises(InvalidInput, match=rf"These arguments do not fit: {param}"):
            ArgumentValidator(function(name))(arguments)


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_missing_or_unknown_is_refused(name):
    validate = ArgumentValidator(function(name))
    for param in required(name):
        with pytest.raises(InvalidInput, match=f"{param}: this argument is required"):
            validate({other: value for other, value in required(name).items() if other != param})
    with pytest.raises(InvalidInput, match="nonsense: there is no such argument"):
        validate(required(name) | {"nonsense": 1})

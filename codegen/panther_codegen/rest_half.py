"""What the manifest can say about a REST operation: its parameters, how it is called, what it returns."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Literal, cast

from pydantic import JsonValue

from panther_codegen.ir import Leaf, Listing, Record, RestOperation, RestParam, Shape
from panther_codegen.operation import Call, Operation, Variable, VariablePath
from panther_codegen.problems import Problems
from panther_codegen.sources import Sources

Json = dict[str, Any]
_PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
MODELS = "panther_client.rest_models"


def python_type(schema: Json) -> str:
    """Return the Python type of a parameter's schema."""
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]"
    if schema.get("type") == "array":
        return f"list[{python_type(schema['items'])}]"
    return _PYTHON.get(schema.get("type", ""), "object")


class RestHalf:
    """Answers questions about the operations of `schema/panther.openapi.json`."""

    def __init__(self, sources: Sources, problems: Problems) -> None:
        self._schemas = cast("dict[str, Json]", sources.openapi.get("components", {}).get("schemas", {}))
        self._labels = sources.labels
        self._problems = problems
        self._raw: dict[str, Json] = {}
        self.operations: dict[str, RestOperation] = {}
        for method, path, operation in _operations(sources.openapi):
            name = operation["operationId"]
            self._raw[name] = operation
            self.operations[name] = _method(name, method, path, operation)

    def find(self, name: str) -> Operation | None:
        """Return the operation with this id, or None if there is none."""
        operation = self.operations.get(name)
        if operation is None:
            return None
        variables = self._variables(operation)
        return Operation(
            name=name,
            writes=operation.method != "GET",
            variables=variables,
            missing=lambda filled: [
                path for path, variable in variables.items() if variable.required and path not in filled
            ],
            call=partial(self._call, operation),
            result=partial(self._result, operation),
            answers=operation.returns is not None,
        )

    def _variables(self, operation: RestOperation) -> dict[VariablePath, Variable]:
        """Return every place that can be filled: the parameters, and the fields of the body (`body.status`)."""
        found: dict[VariablePath, Variable] = {}
        for parameter in cast("list[Json]", self._raw[operation.name].get("parameters", [])):
            path: VariablePath = (parameter["name"],)
            required = bool(parameter.get("required"))
            found[path] = _variable(path, parameter["schema"], required)
        if operation.body:
            body = self._schemas[operation.body]
            for name, schema in body.get("properties", {}).items():
                path = ("body", name)
                found[path] = _variable(path, schema, name in body.get("required", []))
        return found

    def _call(self, operation: RestOperation, values: Mapping[VariablePath, str]) -> Call:
        """Return the call of the client's method; `values` maps places to Python expressions."""
        names = {param.wire_name: param.name for param in operation.params}
        arguments = [f"{names[path[0]]}={value}" for path, value in values.items() if len(path) == 1]
        imports: set[tuple[str, str]] = set()
        if operation.body:
            body = ", ".join(f"{path[1]}={value}" for path, value in values.items() if len(path) == 2)
            arguments.append(f"body={operation.body}({body})")
            imports.add((MODELS, operation.body))
        return Call(f"call.rest.{operation.name}({', '.join(arguments)})", frozenset(imports))

    def _result(self, operation: RestOperation, fields: tuple[str, ...], tool: str) -> tuple[Shape, list[str]]:
        """Return the answer's shape with only `fields`, and those of `fields` that do not exist.

        A list answer (`results` and `next`) has the shape of its items.
        """
        if operation.returns is None:
            return Record({}), list(fields)
        schema = self._schemas[operation.returns]
        owner = operation.returns
        items = schema.get("properties", {}).get("results", {}).get("items")
        if items is None:
            return self._select(schema, owner, _tree(fields), tool, "")
        owner = str(items.get("$ref", "")).rsplit("/", 1)[-1]
        shape, unknown = self._select(self._target(items), owner, _tree(fields), tool, "")
        return Listing(shape), unknown

    def _target(self, schema: Json) -> Json:
        return self._schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def _select(self, schema: Json, owner: str, tree: Mapping[str, Any], tool: str, at: str) -> tuple[Shape, list[str]]:
        properties: dict[str, Json] = schema.get("properties", {})
        unknown = [at + name for name in tree if name not in properties]
        found: dict[str, Shape] = {}
        for name, raw in properties.items():
            if tree and name not in tree:
                continue
            below = self._target(raw)
            if below.get("type") == "object" and below.get("properties"):
                inner = raw["$ref"].rsplit("/", 1)[1] if "$ref" in raw else f"{owner}.{name}"
                shape, missed = self._select(below, inner, tree.get(name, {}), tool, f"{at}{name}.")
                unknown += missed
                found[name] = shape
            else:
                found[name] = self._value(below, owner, name, tool)
        return Record(found), unknown

    def _value(self, schema: Json, owner: str, name: str, tool: str) -> Shape:
        kind = schema.get("type")
        if kind in ("integer", "number", "boolean"):
            return Leaf(kind)
        if kind == "array":
            items = self._target(schema.get("items", {}))
            if items.get("properties"):
                inner = str(schema["items"].get("$ref", f"{owner}.{name}")).rsplit("/", 1)[-1]
                return Listing(self._select(items, inner, {}, tool, "")[0])
            return Listing(self._value(items, owner, name, tool))
        label = self._labels.of("rest", owner, name, tool, self._problems)
        return Leaf("string" if kind == "string" else "any", label)


def _operations(openapi: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in sorted(cast("dict[str, Json]", openapi.get("paths", {})).items()):
        for method, operation in sorted(item.items()):
            yield method, path, operation


def _method(name: str, method: str, path: str, operation: Json) -> RestOperation:
    params = [_param(parameter) for parameter in operation.get("parameters", [])]
    answers = [
        content["application/json"]["schema"]
        for status, response in sorted(operation["responses"].items())
        if status.startswith("2") and (content := response.get("content"))
    ]
    return RestOperation(
        name=name,
        method=method.upper(),
        path=path,
        # Required ones first: Python wants them there.
        params=tuple(sorted(params, key=lambda param: (not param.required, param.name))),
        body=_reference(operation.get("requestBody", {}).get("content")),
        returns=answers[0]["$ref"].rsplit("/", 1)[1] if answers and "$ref" in answers[0] else None,
    )


def _param(parameter: Json) -> RestParam:
    place: Literal["path", "query"] = "path" if parameter["in"] == "path" else "query"
    return RestParam(
        wire_name=parameter["name"],
        name=re.sub(r"\W", "_", parameter["name"]),
        # A sequence, unlike a list, also takes one of narrower values.
        annotation=re.sub(r"^list\[", "Sequence[", python_type(parameter["schema"])),
        place=place,
        required=bool(parameter.get("required")),
    )


def _reference(content: Json | None) -> str | None:
    schema: Json = (content or {}).get("application/json", {}).get("schema", {})
    return schema["$ref"].rsplit("/", 1)[1] if "$ref" in schema else None


def _variable(path: VariablePath, schema: Json, required: bool) -> Variable:
    annotation = python_type(schema)
    imports = frozenset({("typing", "Literal")} if "Literal[" in annotation else ())
    return Variable(path, annotation, _input_schema(schema), required, imports=imports)


def _input_schema(schema: Json) -> dict[str, JsonValue]:
    if schema.get("type") == "array":
        return {"type": "array", "items": _input_schema(schema["items"])}
    kept = {key: schema[key] for key in ("type", "enum") if key in schema}
    return cast("dict[str, JsonValue]", kept)


def _tree(fields: tuple[str, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for field in fields:
        at = tree
        for part in field.split("."):
            at = at.setdefault(part, {})
    return tree

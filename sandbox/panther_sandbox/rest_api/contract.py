"""What the published OpenAPI document says of request bodies: they are checked against it, and cut down to it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from typing import Any, cast

from panther_sandbox.errors import InvalidInputError

Schema = Mapping[str, Any]
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}
_NAMES = {"string": "a string", "boolean": "true or false", "integer": "an integer", "number": "a number"} | {
    "array": "a list",
    "object": "an object",
}


class Contract:
    """The OpenAPI document, read when the first body comes in."""

    @cached_property
    def _document(self) -> Schema:
        text = (files("panther_schema") / "panther.openapi.json").read_text(encoding="utf-8")
        document: Schema = json.loads(text)
        return document

    def checked_body(self, method: str, pattern: str, body: Any) -> Any:
        """Return a body without the fields that the operation does not know; raise InvalidInputError.

        A field that is null counts as left out, and so does an id that stands in the path already.
        """
        operation = self._document["paths"].get(pattern, {}).get(method.lower(), {})
        declared = operation.get("requestBody")
        if declared is None:
            return body
        schema = self._resolved(declared["content"]["application/json"]["schema"])
        if not isinstance(body, dict):
            raise InvalidInputError("the body must be a JSON object")
        optional = {"id"} if "{id}" in pattern else set[str]()
        return self._object(schema, cast("dict[str, Any]", body), "", optional)

    def _resolved(self, schema: Schema) -> Schema:
        reference: str | None = schema.get("$ref")
        return self._document["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema

    def _value(self, schema: Schema, value: Any, where: str) -> Any:
        schema = self._resolved(schema)
        kind: str | None = schema.get("type")
        if kind is None:
            return value
        if not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
            raise InvalidInputError(f"{where} must be {_NAMES[kind]}")
        allowed: Sequence[Any] = schema.get("enum") or ()
        if allowed and value not in allowed:
            raise InvalidInputError(f"{where} must be one of {', '.join(map(str, allowed))}")
        if "minimum" in schema and value < schema["minimum"]:
            raise InvalidInputError(f"{where} must be at least {schema['minimum']}")
        if kind == "array":
            items = cast("list[Any]", value)
            return [self._value(schema["items"], item, f"{where}[{number}]") for number, item in enumerate(items)]
        if kind == "object":
            return self._object(schema, cast("dict[str, Any]", value), where, set())
        return value

    def _object(self, schema: Schema, value: dict[str, Any], where: str, optional: set[str]) -> dict[str, Any]:
        prefix = f"{where}." if where else ""
        given = {name: item for name, item in value.items() if item is not None}
        for name in schema.get("required", ()):
            if name not in given and name not in optional:
                raise InvalidInputError(f"{prefix}{name} is required")
        properties: Schema = schema.get("properties", {})
        others: Schema | None = schema.get("additionalProperties")
        result: dict[str, Any] = {}
        for name, item in given.items():
            if name in properties:
                result[name] = self._value(properties[name], item, f"{prefix}{name}")
            elif others is not None:
                result[name] = self._value(others, item, f"{prefix}{name}")
        return result

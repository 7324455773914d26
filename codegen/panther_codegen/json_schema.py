"""The input and output JSON Schemas of a tool, as small as they can be and still be true.

No titles and no nulls: an optional argument is one that is not required. Output schemas name no required
field of Panther's and no enum, because a newer Panther may leave one out or send another value, and clients
refuse a result that does not match.
"""

from pydantic import JsonValue

from panther_codegen.ir import Leaf, Listing, Record, Shape, Tool


def input_schema(tool: Tool) -> dict[str, JsonValue]:
    """Return the JSON Schema of the tool's arguments."""
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {param.name: dict(param.schema) for param in tool.params},
        "additionalProperties": False,
    }
    required: list[JsonValue] = [param.name for param in tool.params if param.required]
    if required:
        schema["required"] = required
    return schema


def output_schema(tool: Tool) -> dict[str, JsonValue]:
    """Return the JSON Schema of the tool's structured result."""
    return _schema(tool.result)


def _schema(shape: Shape) -> dict[str, JsonValue]:
    match shape:
        case Leaf():
            return {} if shape.type == "any" else {"type": shape.type}
        case Listing():
            items = _schema(shape.item)
            return {"type": "array", "items": items} if items else {"type": "array"}
        case Record():
            properties: dict[str, JsonValue] = {name: _schema(part) for name, part in shape.fields.items()}
            return {"type": "object", "properties": properties}

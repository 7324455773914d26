"""The input and output JSON Schemas of a tool, as small as they can be and still be true.

No titles and no nulls: an optional argument is one that is not required. That others are refused is not said: the
error of a call that tries is clearer. Output schemas name no required field of Panther's and no enum, because a newer
Panther may leave one out or send another value, and clients refuse a result that does not match. Of the fields they
name those at the top that are no text: every client pays for them in each conversation, and sees the rest in the result
itself (docs/tools.md has all of it).
"""

from pydantic import JsonValue

from panther_codegen.ir import Leaf, Listing, Record, Shape, Tool


def input_schema(tool: Tool) -> dict[str, JsonValue]:
    """Return the JSON Schema of the tool's arguments."""
    schema: dict[str, JsonValue] = {
        "type": "object",
        "properties": {param.name: dict(param.schema) for param in tool.params},
    }
    required: list[JsonValue] = [param.name for param in tool.params if param.required]
    if required:
        schema["required"] = required
    return schema


def output_schema(tool: Tool) -> dict[str, JsonValue]:
    """Return the JSON Schema of the tool's structured result."""
    if not isinstance(tool.result, Record):
        return {"type": "object"}
    properties: dict[str, JsonValue] = {
        name: schema for name, part in tool.result.fields.items() if (schema := _brief(part))
    }
    return {"type": "object", "properties": properties} if properties else {"type": "object"}


def _brief(shape: Shape) -> dict[str, JsonValue]:
    match shape:
        case Leaf():
            return {} if shape.type in ("any", "string") else {"type": shape.type}
        case Listing():
            return {"type": "array"}
        case Record():
            return {"type": "object"}

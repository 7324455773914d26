"""The input and output JSON Schemas of a tool, as small as they can be and still be true.

No titles and no nulls: an optional argument is one that is not required. That others are refused is not said: the
error of a call that tries is clearer. An output schema says only that the result is an object, which is what a client
needs to take it as structured: every client pays for more in each conversation, and sees it in the result itself
(docs/tools.md has all of it).
"""

from pydantic import JsonValue

from panther_codegen.ir import Tool


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


def output_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema of a tool's structured result: the same for all."""
    return {"type": "object"}

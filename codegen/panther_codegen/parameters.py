"""From a manifest parameter and the variable that it fills to an argument: annotation, default, JSON Schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import JsonValue

from panther_codegen import manifest
from panther_codegen.ir import Param
from panther_codegen.operation import Imports, Variable
from panther_codegen.problems import Problems, nearest
from panther_codegen.yaml_lines import YamlDocument

RUNTIME = "panther_mcp.runtime"
_TYPES: dict[str, tuple[str, dict[str, JsonValue]]] = {
    "string": ("str", {"type": "string"}),
    "integer": ("int", {"type": "integer"}),
    "number": ("float", {"type": "number"}),
    "boolean": ("bool", {"type": "boolean"}),
    "object": ("dict[str, object]", {"type": "object"}),
    "timestamp": ("Timestamp", {"type": "string"}),
    "id": ("Id", {"type": "string"}),
    "detail": ("Detail", {"type": "string", "enum": ["full"]}),
    "string[]": ("list[str]", {"type": "array", "items": {"type": "string"}}),
    "integer[]": ("list[int]", {"type": "array", "items": {"type": "integer"}}),
    "object[]": ("list[dict[str, object]]", {"type": "array", "items": {"type": "object"}}),
    "id[]": ("list[Id]", {"type": "array", "items": {"type": "string"}}),
}
# Types that the runtime defines.
_OF_RUNTIME = ("Timestamp", "Id", "Detail")
# manifest key -> (JSON Schema keyword, argument of pydantic's Field, the JSON types that it bounds)
_BOUNDS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "minimum": ("minimum", "ge", ("integer", "number")),
    "maximum": ("maximum", "le", ("integer", "number")),
    "min_length": ("minLength", "min_length", ("string",)),
    "max_length": ("maxLength", "max_length", ("string",)),
    "min_items": ("minItems", "min_length", ("array",)),
    "max_items": ("maxItems", "max_length", ("array",)),
}


@dataclass(frozen=True)
class Argument:
    """A resolved parameter: `param` to declare it, `expression` to pass it on to the client."""

    param: Param
    expression: str
    imports: Imports


@dataclass(frozen=True)
class Place:
    """Where a parameter stands in the manifest, for errors."""

    document: YamlDocument
    tool: str
    name: str
    problems: Problems

    def problem(self, key: str, what: str, fix: str) -> None:
        """Note a problem with `key` of this parameter."""
        line = self.document.line("tools", self.tool, "params", self.name, key)
        self.problems.add(self.document.file, line, f"{self.tool}: parameter '{self.name}' {what}", fix)


def resolve_argument(entry: manifest.Param, variable: Variable | None, place: Place) -> Argument | None:
    """Return the argument for `entry`; `variable` is None for a workflow's parameter, which has a `type`."""
    if entry.type is not None:
        annotation, plain_schema = _TYPES[entry.type]
        base: Mapping[str, JsonValue] = plain_schema
        enum = None
    elif variable is not None:
        annotation, base, enum = variable.annotation, variable.schema, variable.enum
    else:
        place.problem("type", "has no type", "a workflow's parameter needs one, such as type: string")
        return None
    schema = dict(base)
    imports = set(variable.imports if variable and entry.type is None else ())
    imports |= {(RUNTIME, name) for name in _OF_RUNTIME if annotation in (name, f"list[{name}]")}
    expression = place.name
    if entry.type == "detail":
        param = Param(place.name, annotation, annotation, "None", schema)
        return Argument(param, f"{place.name} == 'full'", frozenset(imports))
    if entry.enum is not None:
        annotation, expression = _narrowed(entry.enum, schema, enum, place)
        imports.add(("typing", "Literal"))
        enum = None
    plain = annotation
    bounds = _bounds(entry, schema, place)
    if entry.type == "timestamp" and entry.default is not None:
        # A relative default such as -7d becomes a time like one that was given.
        bounds = "validate_default=True"
    if bounds:
        annotation = f"Annotated[{annotation}, Field({bounds})]"
        imports |= {("typing", "Annotated"), ("pydantic", "Field")}
    required = entry.required if entry.required is not None else _is_required(entry, variable)
    default = _default(entry, schema, enum, place)
    if not required and default is None:
        annotation, plain, default = f"{annotation} | None", f"{plain} | None", "None"
        # An empty list means "no filter" to a model; Panther would take it literally.
        is_list = schema.get("type") == "array"
        if expression != place.name:
            expression = f"{expression} if {place.name}{'' if is_list else ' is not None'} else None"
        elif is_list:
            expression = f"{place.name} or None"
    param = Param(place.name, annotation, plain, None if required else default, schema)
    return Argument(param, expression, frozenset(imports))


def _is_required(entry: manifest.Param, variable: Variable | None) -> bool:
    return entry.default is None and variable is not None and variable.required


def _narrowed(values: tuple[str, ...], schema: dict[str, JsonValue], enum: str | None, place: Place) -> tuple[str, str]:
    """Narrow `schema` to `values`; return the annotation, and the expression that the client takes."""
    is_list = schema.get("type") == "array"
    target = dict(cast("Mapping[str, JsonValue]", schema["items"])) if is_list else schema
    known = cast("list[str] | None", target.get("enum"))
    for value in values:
        if known is not None and value not in known:
            place.problem("enum", f"allows '{value}', which its type does not", nearest(value, known, noun="values"))
    target["enum"] = list(values)
    literal = f"Literal[{', '.join(repr(value) for value in values)}]"
    if is_list:
        schema["items"] = target
        converted = f"[{enum}(value) for value in {place.name}]" if enum else place.name
        return f"list[{literal}]", converted
    return literal, f"{enum}({place.name})" if enum else place.name


def _bounds(entry: manifest.Param, schema: dict[str, JsonValue], place: Place) -> str:
    found: list[str] = []
    for key, (keyword, field, types) in _BOUNDS.items():
        value = getattr(entry, key)
        if value is None:
            continue
        if schema.get("type") not in types:
            place.problem(
                key,
                f"has {key}, which means nothing for type {schema.get('type', 'any')}",
                f"{key} is for {' and '.join(types)}",
            )
            continue
        schema[keyword] = value
        found.append(f"{field}={value}")
    for lower, upper in (("minimum", "maximum"), ("min_length", "max_length"), ("min_items", "max_items")):
        least, most = getattr(entry, lower), getattr(entry, upper)
        if least is not None and most is not None and least > most:
            place.problem(lower, f"has {lower} {least} above {upper} {most}: no value fits", "exchange the two")
    return ", ".join(found)


def _default(entry: manifest.Param, schema: dict[str, JsonValue], enum: str | None, place: Place) -> str | None:
    value = entry.default
    if value is None:
        return None
    if entry.required:
        place.problem("default", "is required and has a default", "remove one of the two")
    wrong = default_error(value, schema)
    if wrong:
        place.problem("default", f"has the default {value!r}, which {wrong}", "mend the default or the bounds")
        return "None"
    schema["default"] = value
    if enum and schema.get("type") == "array":
        return f"[{', '.join(f'{enum}.{item}' for item in cast('list[str]', value))}]"
    return f"{enum}.{value}" if enum else repr(value)


def default_error(value: JsonValue, schema: Mapping[str, JsonValue]) -> str | None:
    """Say why `value` does not fit `schema`, as the end of a sentence, or return None if it does."""
    kind = schema.get("type")
    python: dict[JsonValue, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
    }
    if kind in python and (not isinstance(value, python[kind]) or (kind != "boolean" and isinstance(value, bool))):
        return f"is not of type {kind}"
    allowed = cast("list[JsonValue] | None", schema.get("enum"))
    if allowed is not None and value not in allowed:
        return f"is not one of {', '.join(str(item) for item in allowed)}"
    if isinstance(value, list):
        items = cast("Mapping[str, JsonValue]", schema.get("items", {}))
        wrong = next((why for item in value if (why := default_error(item, items))), None)
        if wrong:
            return f"holds an item that {wrong}"
    size = len(value) if isinstance(value, str | list) else value
    lower, upper = ("minimum", "minLength", "minItems"), ("maximum", "maxLength", "maxItems")
    for keyword in (*lower, *upper):
        bound, below = schema.get(keyword), keyword in lower
        if isinstance(bound, int) and isinstance(size, int | float) and (size < bound if below else size > bound):
            return f"is {'below' if below else 'above'} its {'lower' if below else 'upper'} bound {bound}"
    return None

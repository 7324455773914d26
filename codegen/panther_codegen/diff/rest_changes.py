"""Compare two OpenAPI documents as far as it matters to a client: routes, parameters, and the forms of bodies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from panther_codegen.diff.change import Change, Level
from panther_mcp.drift.usage import Usage

Json = dict[str, Any]


@dataclass(frozen=True)
class _Value:
    """A value at a place of a body, or a parameter."""

    type: str
    required: bool
    enum: frozenset[str]


@dataclass(frozen=True)
class _Route:
    params: Mapping[str, _Value]
    body: Mapping[str, _Value]
    answer: Mapping[str, _Value]


def rest_changes(old: Json, new: Json, usage: Usage) -> list[Change]:
    """Return what has changed from `old` to `new` (canonical OpenAPI documents), the gravest first, with the tools."""
    tools = {route: usage.tools_with(frozenset({name})) for name, route in usage.rest.items()}
    before, after = _routes(old), _routes(new)
    found: list[Change] = []
    for route in sorted(before.keys() | after.keys()):
        if route not in after:
            found.append(Change("breaking", route, f"{route} was removed.", tools.get(route, ())))
        elif route not in before:
            found.append(Change("new", route, f"{route} was added."))
        else:
            for level, said in _differences(before[route], after[route]):
                touched = () if level == "new" else tools.get(route, ())
                found.append(Change(level, route, f"{route}: {said}", touched))
    ranks = ("breaking", "dangerous", "new")
    return sorted(found, key=lambda change: (ranks.index(change.level), not change.tools, change.message))


def _differences(old: _Route, new: _Route) -> Iterator[tuple[Level, str]]:
    yield from _sent("the parameter", old.params, new.params)
    yield from _sent("the body's", old.body, new.body)
    for place in sorted(old.answer.keys() | new.answer.keys()):
        before, after = old.answer.get(place), new.answer.get(place)
        if after is None:
            yield "breaking", f"the answer's {place} was removed."
        elif before is None:
            yield "new", f"the answer's {place} was added."
        elif before.type != after.type:
            yield "breaking", f"the answer's {place} changed type from {before.type} to {after.type}."
        elif added := sorted(after.enum - before.enum):
            yield "dangerous", f"the answer's {place} may now be {', '.join(added)}."


def _sent(what: str, old: Mapping[str, _Value], new: Mapping[str, _Value]) -> Iterator[tuple[Level, str]]:
    for place in sorted(old.keys() | new.keys()):
        before, after = old.get(place), new.get(place)
        if after is None:
            yield "breaking", f"{what} {place} was removed."
        elif before is None:
            yield (
                ("breaking", f"{what} {place} was added and is required.")
                if after.required
                else (
                    "new",
                    f"{what} {place} was added.",
                )
            )
        elif before.type != after.type:
            yield "breaking", f"{what} {place} changed type from {before.type} to {after.type}."
        elif after.required and not before.required:
            yield "breaking", f"{what} {place} is now required."
        elif before.enum and after.enum and (gone := sorted(before.enum - after.enum)):
            yield "breaking", f"{what} {place} may no longer be {', '.join(gone)}."


def _routes(document: Json) -> dict[str, _Route]:
    schemas = cast("dict[str, Json]", document.get("components", {}).get("schemas", {}))
    found: dict[str, _Route] = {}
    for path, item in cast("dict[str, Json]", document["paths"]).items():
        for method, operation in item.items():
            answers = [part for status, part in sorted(operation["responses"].items()) if status.startswith("2")]
            found[f"{method.upper()} {path}"] = _Route(
                params={
                    part["name"]: _value(part.get("schema", {}), schemas, required=bool(part.get("required")))
                    for part in operation.get("parameters", [])
                },
                body=dict(_places(_content(operation.get("requestBody")), schemas)),
                answer=dict(_places(_content(answers[0] if answers else None), schemas)),
            )
    return found


def _content(holder: Json | None) -> Json:
    return cast("Json", (holder or {}).get("content", {}).get("application/json", {}).get("schema", {}))


def _places(
    schema: Json, schemas: Mapping[str, Json], at: str = "", seen: tuple[str, ...] = ()
) -> Iterator[tuple[str, _Value]]:
    """Yield every place of a body, such as `results[].createdBy.id`; a schema within itself is followed once."""
    name = str(schema.get("$ref", "")).rsplit("/", 1)[-1]
    if name:
        if name in seen:
            return
        schema, seen = schemas.get(name, {}), (*seen, name)
    if "items" in schema:
        yield from _places(schema["items"], schemas, f"{at}[]", seen)
    for part, below in cast("dict[str, Json]", schema.get("properties", {})).items():
        place = f"{at}.{part}" if at else part
        yield place, _value(below, schemas, required=part in schema.get("required", []))
        yield from _places(below, schemas, place, seen)


def _value(schema: Json, schemas: Mapping[str, Json], *, required: bool) -> _Value:
    if "$ref" in schema:
        schema = schemas.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
    kind = str(schema.get("type", "any"))
    if kind == "array":
        kind = f"array of {_value(schema.get('items', {}), schemas, required=False).type}"
    return _Value(kind, required, frozenset(map(str, schema.get("enum", ()))))

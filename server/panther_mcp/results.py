"""From the client's models to the JSON of a result: without nulls and empty fields, connections as plain lists."""

from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, RootModel

from panther_mcp.errors import NotFound, UpstreamError

JsonObject = dict[str, Any]
_TYPENAME = "__typename"
_PLAIN = frozenset((str, int, float, bool, dict, type(None)))
# An absent field says the same in fewer tokens.
_SAYS_NOTHING: tuple[object, ...] = ("", [], {})


def record(answer: object, *, path: str = "", fields: tuple[str, ...] = ()) -> JsonObject:
    """Return the object at `path` of `answer`, with only `fields` (all when empty).

    Raises `NotFound` when Panther answered with nothing there.
    """
    found = _selected(_at(answer, path), fields)
    if found is None:
        raise NotFound("Panther has no such object.", hint="Check the id; it may have been deleted.")
    return cast("JsonObject", found)


def listing(answer: object, name: str, *, path: str = "", fields: tuple[str, ...] = ()) -> JsonObject:
    """Return the list at `path` of `answer`, as the field `name`; a REST list holds it in `results`."""
    found = _at(answer, path)
    return {name: _items(getattr(found, "results", found), fields)}


def page(answer: object, name: str, *, path: str = "", fields: tuple[str, ...] = ()) -> JsonObject:
    """Return one page, as the field `name`, with `next_cursor` where there are more.

    The page is a GraphQL connection (`edges`, `pageInfo`) or a REST list (`results`, `next`).
    """
    found = _at(answer, path)
    cursor = _next_cursor(found)
    result: JsonObject = {name: _items(getattr(found, "results", found), fields)}
    if cursor:
        result["next_cursor"] = cursor
    return result


def _next_cursor(found: object) -> str | None:
    info = getattr(found, "pageInfo", None)
    if info is None:
        return getattr(found, "next", None)
    return info.endCursor if info.hasNextPage else None


def plain(answer: object) -> JsonObject:
    """Return `answer`, a model of the client, as JSON; an absent one as an empty object."""
    return cast("JsonObject", _json(answer)) if answer is not None else {}


def plain_value(value: object) -> object:
    """Return `value`, a model, an enum or a list of them, as JSON."""
    return _json(value)


def _items(value: object, fields: tuple[str, ...]) -> list[Any]:
    found = _json(value)
    if found is None:
        return []
    if not isinstance(found, list):
        raise UpstreamError("Panther answered with something else than a list.")
    items = cast("list[object]", found)
    return [_pick(item, _tree(fields)) for item in items] if fields else items


def _at(value: object, path: str) -> object:
    for name in path.split(".") if path else ():
        value = getattr(value, name, None)
    return value


def _selected(value: object, fields: tuple[str, ...]) -> object:
    found = _json(value)
    return _pick(found, _tree(fields)) if fields else found


def _json(value: object) -> object:
    """Return `value` as JSON. Only models are looked into: log content is passed on exactly as it came."""
    kind = type(value)
    if kind in _PLAIN:
        # Most values are such; to ask pydantic whether something is a model takes longer than all the rest.
        return value
    if kind is list:
        return [_json(item) for item in cast("list[object]", value) if item is not None]
    if isinstance(value, RootModel):
        return _json(cast("RootModel[object]", value).root)
    if isinstance(value, BaseModel):
        return _object(value)
    return value.value if isinstance(value, Enum) else value


def _object(model: BaseModel) -> object:
    shape = _shape(type(model))
    if shape.connection:
        edges = cast("list[object]", getattr(model, "edges", None) or [])
        nodes = (getattr(edge, "node", None) for edge in edges if edge is not None)
        return [_json(node) for node in nodes if node is not None]
    out: JsonObject = {}
    for name, wire_name in shape.fields:
        found = getattr(model, name)
        if found is None:
            continue
        said = _json(found)
        if said not in _SAYS_NOTHING:
            out[wire_name] = said
    if shape.extra:
        # A member of a union that the client does not know: everything it has, and what it is.
        out |= {name: item for name, item in (model.model_extra or {}).items() if item is not None}
        if typename := getattr(model, "typename__", None):
            out[_TYPENAME] = typename
    return out


class _Shape(NamedTuple):
    """What is to be known of a model: its fields with their names on the wire, and what it stands for."""

    fields: tuple[tuple[str, str], ...]
    connection: bool
    extra: bool


@lru_cache(maxsize=512)
def _shape(kind: type[BaseModel]) -> _Shape:
    named = tuple((name, field.alias or name) for name, field in kind.model_fields.items())
    return _Shape(
        tuple(pair for pair in named if pair[1] != _TYPENAME),
        connection="edges" in kind.model_fields,
        extra=kind.model_config.get("extra") == "allow",
    )


@lru_cache(maxsize=128)
def _tree(fields: tuple[str, ...]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for field in fields:
        at = tree
        for part in field.split("."):
            at = at.setdefault(part, {})
    return tree


def _pick(value: object, tree: dict[str, Any]) -> object:
    if not tree or not isinstance(value, dict):
        return value
    given = cast("JsonObject", value)
    return {name: _pick(given[name], below) for name, below in tree.items() if name in given}

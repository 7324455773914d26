"""Changes a GraphQL answer into one that a client may not expect. Each function says whether it found its place."""

from __future__ import annotations

from typing import Any, cast

from graphql import is_abstract_type, is_enum_type

from panther_sandbox.faults.answers import Place, Walk
from panther_sandbox.faults.spec import Fault
from panther_sandbox.faults.target import Asked

_MESSAGE = "internal server error"


def alter(fault: Fault, asked: Asked, body: dict[str, Any]) -> bool:
    """Change the body of an answer, in place, as a fault wants it."""
    data: object = body.get("data")
    if fault.kind == "errors" and fault.text == "only":
        body.update(data=None, errors=[{"message": _MESSAGE}])
        return True
    if not isinstance(data, dict):
        return False
    walk = Walk(asked, cast("dict[str, Any]", data))
    field = fault.option_text("field")
    places = [place for place in walk.places() if field in (None, place.field)]
    if fault.kind == "errors":
        return _fail_partly(body, places)
    if fault.kind == "enum":
        return _unknown_values(places, fault.text)
    if fault.kind == "member":
        return _unknown_members(walk, places, fault.text)
    if fault.kind == "mistyped":
        return _mistyped(places, every=field is not None)
    return _nulls(places, every=field is not None)


def _fail_partly(body: dict[str, Any], places: list[Place]) -> bool:
    """Fail one field as a resolver's error does: it is null, or the nearest thing around it that may be."""
    candidates = [place for place in places if not place.in_list]
    if not candidates:
        return False
    chosen = min(candidates, key=_harm)
    errors = cast("list[Any]", body.setdefault("errors", []))
    errors.append({"message": _MESSAGE, "path": chosen.path})
    lost: Place | None = chosen
    while lost is not None and not lost.nullable:
        lost = lost.above
    if lost is None:
        body["data"] = None
    else:
        lost.put(None)
    return True


def _harm(place: Place) -> tuple[bool, bool, bool]:
    """Order places by what an answer loses when they fail: a single value rather than more, but something."""
    return not place.nullable, place.value is None, not place.leaf


def _unknown_values(places: list[Place], name: str) -> bool:
    chosen = [place for place in places if place.value is not None and place.leaf and is_enum_type(place.named_type)]
    for place in chosen:
        place.put(name)
    return bool(chosen)


def _unknown_members(walk: Walk, places: list[Place], name: str) -> bool:
    """Make objects of unions and interfaces something that the schema does not know.

    What only a fragment on a known type asked for is not answered then.
    """
    chosen = [place for place in places if isinstance(place.value, dict) and is_abstract_type(place.named_type)]
    for place in chosen:
        old = cast("dict[str, Any]", place.value)
        kept = walk.common_subfields(place)
        place.put({key: name if kept[key] == "__typename" else old[key] for key in kept if key in old})
    return bool(chosen)


def _nulls(places: list[Place], *, every: bool) -> bool:
    """Put null where the schema forbids it: in the first place, or in every one that was chosen by its field."""
    forbidden = [place for place in places if not place.nullable and place.value is not None and not place.in_list]
    chosen = [place for place in forbidden if place.leaf or every]
    for place in chosen if every else chosen[:1]:
        place.put(None)
    return bool(chosen)


def _mistyped(places: list[Place], *, every: bool) -> bool:
    """Put a value of another type in the first place that has one, or in every one that was chosen by its field."""
    chosen = [place for place in places if place.value is not None and not place.in_list and place.above is not None]
    for place in chosen if every else chosen[:1]:
        place.put(["not", "what", "was", "expected"] if place.leaf else "not what was expected")
    return bool(chosen)

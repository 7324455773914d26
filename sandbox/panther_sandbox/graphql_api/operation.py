"""What a served field of Query or Mutation is: a resolver and the permission it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import GraphQLResolveInfo

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time, parse_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.paging import Page

Resolver = Callable[..., Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Operation:
    """A resolver, called with the caller and the field's arguments, and the permissions of which one is needed."""

    resolve: Resolver
    any_of: tuple[str, ...]


Operations = Mapping[str, Operation]


def later(read: Callable[[], T]) -> Callable[[GraphQLResolveInfo], T]:
    """Return a field's value that is read only when the field is asked for."""

    def resolve(_info: GraphQLResolveInfo) -> T:
        return read()

    return resolve


def caller_of(info: GraphQLResolveInfo) -> Caller:
    """Return who is asking."""
    caller: Caller = info.context
    return caller


def page_info(page: Page[Any]) -> dict[str, Any]:
    """Return the pageInfo of a connection."""
    return {
        "hasNextPage": page.next_cursor is not None,
        "endCursor": page.next_cursor,
        "hasPreviousPage": page.cursor is not None,
        "startCursor": page.cursor,
    }


def connection(page: Page[Any], nodes: list[Any]) -> dict[str, Any]:
    """Return a connection of nodes."""
    return {"edges": [{"node": node} for node in nodes], "pageInfo": page_info(page)}


def time_argument(name: str, value: object) -> str | None:
    """Return a DateTime argument in the form that the store sorts by."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInputError(f"{name}: {value!r} is not a valid DateTime")
    try:
        return api_time(parse_time(value))
    except (ValueError, OverflowError):
        raise InvalidInputError(f"{name}: {value!r} is not a valid DateTime") from None

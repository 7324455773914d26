"""The kinds of fault there are: what value each takes, which options, and which requests it can befall."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MAX_MILLISECONDS = 600_000
_MAX_MEBIBYTES = 1024


class Scope(Enum):
    """The requests that a kind can befall."""

    ANY = "any request"
    GRAPHQL = "GraphQL requests"
    REST = "REST requests"
    QUERY_START = "GraphQL requests that start a data lake query"
    AI_START = "GraphQL requests that start an AI run"


@dataclass(frozen=True)
class Number:
    """A whole number."""

    low: int
    high: int
    default: int | None = None


@dataclass(frozen=True)
class Choice:
    """One word of a few."""

    words: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True)
class Text:
    """A text that a pattern describes; `hint` is the pattern in words."""

    pattern: str
    hint: str
    default: str | None = None


Value = Number | Choice | Text


@dataclass(frozen=True)
class Kind:
    """What a fault is.

    Of the faults that share a group, one befalls a request: the first that can. Those without a group all do.
    """

    value: Value | None
    options: tuple[str, ...] = ()
    scope: Scope = Scope.ANY
    group: str | None = None


_NAME = r"[_A-Za-z][_0-9A-Za-z]*"
# What stands in an answer of JSON that is none, or none that the API gives.
NONSENSE = ("empty", "broken", "null", "text", "number", "list", "object")
_WHEN = Choice(("before", "after"), "before")

KINDS = {
    "latency": Kind(Number(0, MAX_MILLISECONDS), ("jitter",), group="latency"),
    "status": Kind(Number(400, 599), ("retry-after", "when"), group="instead"),
    "html": Kind(Number(200, 599, 200), ("when",), group="instead"),
    "redirect": Kind(Number(300, 399, 302), ("to", "when"), group="instead"),
    "nonsense": Kind(Choice(NONSENSE, "broken"), ("when",), group="instead"),
    "reset": Kind(None, ("when",), group="instead"),
    "content-type": Kind(Text(r"[\w.+-]+/[\w.+-]+", "TYPE/SUBTYPE"), group="content-type"),
    "huge": Kind(Number(1, _MAX_MEBIBYTES), group="huge"),
    "bomb": Kind(Number(1, _MAX_MEBIBYTES), group="huge"),
    "drip": Kind(Number(0, MAX_MILLISECONDS), ("chunk",), group="drip"),
    "truncate": Kind(Choice(("length", "body"), "length"), group="truncate"),
    "errors": Kind(Choice(("partial", "only"), "partial"), ("field",), Scope.GRAPHQL, "errors"),
    "enum": Kind(Text(_NAME, "a name", "NOT_YET_KNOWN"), ("field",), Scope.GRAPHQL),
    "member": Kind(Text(_NAME, "a name", "NotYetKnown"), ("field",), Scope.GRAPHQL),
    "null": Kind(None, ("field",), Scope.GRAPHQL),
    "lacks": Kind(Text(rf"{_NAME}(\.{_NAME})?", "TYPE or TYPE.MEMBER"), ("as",), Scope.GRAPHQL),
    "reshape": Kind(
        Choice(("missing", "null", "number", "text", "object", "extra")), ("field",), Scope.REST, "reshape"
    ),
    "mistyped": Kind(None, ("field",), Scope.GRAPHQL),
    "query": Kind(Choice(("stuck", "failed")), scope=Scope.QUERY_START, group="query"),
    "ai": Kind(Choice(("stuck", "failed")), scope=Scope.AI_START, group="ai"),
}
# Those that break the way of a response's body, and those that stay with a run from its start on.
BODY_FAULTS = frozenset({"content-type", "huge", "bomb", "drip", "truncate"})
RUN_FAULTS = frozenset({"query", "ai"})
LACKS = "lacks"
# What every kind takes beside its own options.
COMMON_OPTIONS = ("operation", "skip", "times", "probability", "seed", "label")
OPTIONS: dict[str, Value] = {
    "operation": Text(r"[!-~]+( /[!-~]*)?", "a GraphQL operation or root field, a REST route, graphql, or rest"),
    "skip": Number(0, 1_000_000, 0),
    "times": Number(1, 1_000_000),
    "seed": Number(0, 2**32 - 1, 0),
    "label": Text(r"[\w.-]+", "letters, digits, dots and dashes"),
    "jitter": Number(0, MAX_MILLISECONDS, 0),
    "retry-after": Number(0, 86_400),
    "to": Text(r"https?://[!-~]+", "a URL", "https://login.example.invalid/"),
    "when": _WHEN,
    "chunk": Number(1, 65_536, 16),
    "as": Number(200, 499, 200),
    "field": Text(_NAME, "a field's name"),
}

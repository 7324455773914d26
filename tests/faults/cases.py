"""The faults that the matrix injects, and how a call may end under each."""

from __future__ import annotations

from dataclasses import dataclass

# What a call can always come to beside its result: a fault may hide what is there, or stand for anything else.
_BROKEN = frozenset({"unavailable", "upstream_error"})
_LATE = frozenset({"timeout"})
_STRANGE = frozenset({"upstream_error", "not_found"})


@dataclass(frozen=True)
class FaultCase:
    """A fault, as the sandbox reads it, and the codes that its errors may have.

    `total`: under it no request gets an answer, so that a result is a lie unless it says what is missing.
    `silent`: the client has to give up waiting. `slow`: it takes seconds; the small scale leaves it out.
    `after`: it can also befall an answer alone.
    """

    spec: str
    codes: frozenset[str] = frozenset()
    total: bool = False
    silent: bool = False
    slow: bool = False
    after: bool = False


def _status(code: int, *codes: str, more: str = "") -> FaultCase:
    return FaultCase(f"status={code}{more}", frozenset(codes), total=True, after=code >= 500)


FAULTS = (
    FaultCase("latency=20"),
    FaultCase("latency=60000", _LATE | {"unavailable"}, total=True, silent=True),
    FaultCase("drip=1;chunk=512", _LATE),
    FaultCase("drip=100;chunk=1", _LATE, total=True, silent=True),
    FaultCase("truncate", _BROKEN, total=True),
    FaultCase("truncate=body", _BROKEN, total=True),
    FaultCase("content-type=text/plain"),
    FaultCase("huge=1"),
    FaultCase("huge=40", _BROKEN | _LATE, total=True, slow=True),
    FaultCase("bomb=1"),
    FaultCase("bomb=40", _BROKEN | _LATE, total=True, slow=True),
    FaultCase("html", _BROKEN, total=True, after=True),
    FaultCase("html=404", _BROKEN, total=True),
    FaultCase("html=502", _BROKEN, total=True, after=True),
    FaultCase("nonsense=empty", _BROKEN | _STRANGE),
    FaultCase("nonsense=broken", _BROKEN, total=True, after=True),
    FaultCase("nonsense=null", _BROKEN | _STRANGE),
    FaultCase("nonsense=text", _BROKEN | _STRANGE),
    FaultCase("nonsense=number", _BROKEN | _STRANGE),
    FaultCase("nonsense=list", _BROKEN | _STRANGE),
    FaultCase("nonsense=object", _BROKEN | _STRANGE),
    FaultCase("redirect", _BROKEN, total=True),
    FaultCase("redirect=307;to=http://127.0.0.1:1/public/graphql", _BROKEN, total=True),
    FaultCase("reset", _BROKEN, total=True, after=True),
    _status(400, "invalid_input", "upstream_error"),
    _status(401, "unauthenticated", "unavailable"),
    _status(403, "permission_denied"),
    _status(404, "not_found", "unavailable", "upstream_error"),
    _status(409, "conflict"),
    _status(418, "upstream_error"),
    _status(429, "rate_limited", "unavailable"),
    _status(429, "rate_limited", "unavailable", "timeout", more=";retry-after=1"),
    _status(500, "unavailable"),
    _status(503, "unavailable"),
    _status(503, "unavailable", more=";retry-after=1"),
    _status(504, "timeout", "unavailable"),
    FaultCase("errors", _BROKEN | _STRANGE | {"permission_denied"}),
    FaultCase("errors=only", _BROKEN),
    FaultCase("null", _BROKEN | _STRANGE),
    FaultCase("mistyped", _BROKEN | _STRANGE),
    FaultCase("enum", _BROKEN | _STRANGE | {"conflict", "invalid_input"}),
    FaultCase("member", _BROKEN | _STRANGE | {"invalid_input"}),
    FaultCase("query=stuck", _LATE),
    FaultCase("query=failed", frozenset({"upstream_error", "invalid_input"})),
    FaultCase("ai=stuck", _LATE),
    FaultCase("ai=failed", frozenset({"upstream_error"})),
)

"""Whose call a request belongs to, and until when it may take: passed on beneath a call, into its tasks too."""

import asyncio
import math
from collections.abc import Generator, Hashable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class CallScope:
    """`session` tells apart who takes turns; the call ends at `ends`, in seconds of the event loop's clock."""

    session: Hashable
    ends: float


# What is under way ends this much before its call does, in seconds: it knows best what is unknown then.
_HEAD_START: Final = 0.05
_NO_CALL: Final = CallScope(None, math.inf)
_present: Final[ContextVar[CallScope]] = ContextVar("panther_mcp_call_scope", default=_NO_CALL)


def present_scope() -> CallScope:
    """Return the scope of the present call; outside of one it has no end."""
    return _present.get()


@contextmanager
def call_scope(session: Hashable, seconds: float | None) -> Generator[None]:
    """Let what is within belong to a call of `session` that may take `seconds`; None sets no end.

    It does not end what is within: it tells those who would wait or repeat what there is time for.
    """
    ends = math.inf
    if seconds is not None:
        ends = asyncio.get_running_loop().time() + seconds - min(_HEAD_START, seconds / 10)
    token = _present.set(CallScope(session, ends))
    try:
        yield
    finally:
        _present.reset(token)


@contextmanager
def beyond_the_call() -> Generator[None]:
    """Let what is within take its time, also when the call is over: what has to be finished, or cleaned up.

    It belongs beside anyio's shield, which keeps a cancellation out.
    """
    token = _present.set(CallScope(_present.get().session, math.inf))
    try:
        yield
    finally:
        _present.reset(token)


@contextmanager
def shared_work(name: str) -> Generator[None]:
    """Let what is within belong to no single call: several calls wait for it, so no one's time bounds it."""
    token = _present.set(CallScope(name, math.inf))
    try:
        yield
    finally:
        _present.reset(token)

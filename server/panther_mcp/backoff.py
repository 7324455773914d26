"""Waiting for Panther: shortly at first, longer each time."""

import asyncio
from typing import Protocol

_FIRST_WAIT_SECONDS = 0.02
_GROWTH = 1.5
_LONGEST_WAIT_SECONDS = 2.0


class Sleeper(Protocol):
    """Waits longer each time, from tens of milliseconds up to seconds: a fast answer is seen fast."""

    async def __call__(self, at_most: float) -> None:
        """Wait, but no longer than `at_most` seconds."""
        ...


def backoff() -> Sleeper:
    """Return a sleeper that starts at 20 ms and waits half as long again each time, up to two seconds."""
    wait = _FIRST_WAIT_SECONDS

    async def sleep(at_most: float) -> None:
        nonlocal wait
        await asyncio.sleep(min(wait, at_most))
        wait = min(wait * _GROWTH, _LONGEST_WAIT_SECONDS)

    return sleep

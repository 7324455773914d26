"""Repeat what failed and may be repeated, with growing pauses, as long as the call has time for it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from panther_mcp.resilience.failures import Failure

if TYPE_CHECKING:
    from tenacity import RetryCallState

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How often to repeat, and how long to pause before; times are in seconds.

    Pauses begin at `first` and double up to `longest`, each with up to `first` more at random, so that those who failed
    together do not come back together. Where Panther names the pause, it is that instead of the doubled one. Without
    one, nothing is repeated once `patience` has passed: ten seconds to connect, four times, is too long to be silent.
    """

    retries: int = 3
    first: float = 0.25
    longest: float = 8.0
    patience: float = 20.0


async def repeated(
    first: Failure,
    attempt: Callable[[], Awaitable[_T | Failure]],
    backoff: Backoff,
    *,
    began: float,
    ends: float,
    may_repeat: Callable[[Failure], bool],
) -> tuple[_T | Failure, int]:
    """Return what `attempt` comes to after it has failed with `first`, and how many attempts there were, all in all.

    Args:
        first: The failure of the first attempt.
        attempt: Makes another one.
        backoff: How often, and after which pauses.
        began: When the first attempt began, in seconds of the event loop's clock.
        ends: When the call's time is up, by the same clock. A pause that would pass it is not
            begun: the failure is told at once.
        may_repeat: Whether it may be repeated after a failure.
    """
    # Only who has had a failure pays for the import.
    from tenacity import AsyncRetrying, retry_if_result, wait_exponential, wait_random

    clock = asyncio.get_running_loop().time
    patient_until = min(ends, began + backoff.patience)
    growing = wait_exponential(multiplier=backoff.first, max=backoff.longest)
    jitter = wait_random(0, backoff.first)
    made = 0

    async def next_attempt() -> _T | Failure:
        nonlocal made
        made += 1
        return first if made == 1 else await attempt()

    def pause(state: "RetryCallState") -> float:
        asked = _outcome(state).retry_after
        return (growing(state) if asked is None else asked) + jitter(state)

    def stop(state: "RetryCallState") -> bool:
        asked = _outcome(state).retry_after
        until = patient_until if asked is None else ends
        return state.attempt_number > backoff.retries or clock() + state.upcoming_sleep >= until

    def again(result: _T | Failure) -> bool:
        return isinstance(result, Failure) and may_repeat(result)

    retrying = AsyncRetrying(
        sleep=asyncio.sleep,
        retry=retry_if_result(again),
        wait=pause,
        stop=stop,
        retry_error_callback=_outcome,
    )
    return await retrying(next_attempt), made


def _outcome(state: "RetryCallState") -> Failure:
    """Return the failure that an attempt ended with; only those are waited after."""
    if state.outcome is None:
        raise AssertionError("no attempt was made")
    failure: Failure = state.outcome.result()
    return failure

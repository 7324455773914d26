"""Progress of a long call, as the protocol wants it: every value is greater than the one before."""

from collections.abc import Awaitable, Callable

# How far it is, of how much (None where nobody knows), and what it is doing.
Progress = Callable[[float, float | None, str], Awaitable[None]]


def forward(tell: Progress) -> Progress:
    """Return what passes on to `tell` whatever leads further, and nothing else.

    The parts of a call, side by side or one after the other, tell of themselves.
    """
    furthest: float | None = None

    async def tell_further(done: float, total: float | None, message: str) -> None:
        nonlocal furthest
        if furthest is None or done > furthest:
            furthest = done
            await tell(done, total, message)

    return tell_further

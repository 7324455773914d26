"""How many requests are under way at a time, and how many begin in a second; sessions take turns."""

import asyncio
import math
from collections import OrderedDict, deque
from collections.abc import Hashable

from panther_mcp.errors import DeadlineExceeded


class TokenBucket:
    """Holds up to `burst` tokens and gets `rate` a second; a rate of 0 is no limit. Times are of the caller's clock."""

    def __init__(self, rate: float, burst: float | None = None) -> None:
        self._rate = rate
        self._burst = max(2 * rate, 1.0) if burst is None else burst
        self._tokens = self._burst
        self._filled = -math.inf

    def wait(self, now: float) -> float:
        """Return in how many seconds a token can be taken; 0 is at once."""
        if self._rate == 0:
            return 0.0
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def take(self) -> None:
        """Take a token that `wait` has found to be there."""
        self._tokens -= 1.0


class FairLimiter:
    """Lets `concurrency` requests be under way, and `rate` begin a second, with a burst of two seconds' worth.

    Who has to wait stands in the queue of their session, and sessions take turns: one with a thousand requests
    delays another's single one by a turn. Where nobody waits, to enter costs no task, lock or future.
    """

    def __init__(self, concurrency: int, rate: float, burst: float | None = None) -> None:
        self._concurrency = concurrency
        self._bucket = TokenBucket(rate, burst)
        self._active = 0
        # Sessions in the order of their turns. A request that is no longer waited for stays in its queue, done.
        self._queues: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> int:
        """How many requests are under way."""
        return self._active

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return sum(not turn.done() for queue in self._queues.values() for turn in queue)

    async def enter(self, session: Hashable, ends: float) -> None:
        """Return when a request of `session` may begin; `leave` has to be called when it has ended.

        Raises `DeadlineExceeded` when its turn has not come at `ends`, in seconds of the event loop's clock.
        """
        loop = asyncio.get_running_loop()
        if not self._queues and self._active < self._concurrency and self._bucket.wait(loop.time()) == 0:
            self._begin()
            return
        turn = loop.create_future()
        self._queues.setdefault(session, deque()).append(turn)
        self._admit()
        try:
            async with asyncio.timeout_at(None if ends == math.inf else ends):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.leave()  # its turn came in the moment in which nobody waited for it any more
            if isinstance(error, TimeoutError):
                raise DeadlineExceeded(
                    "The request was not sent: too many requests to Panther were waiting before it.",
                    hint="Make fewer calls at the same time.",
                ) from error
            raise

    def leave(self) -> None:
        """Say that a request that had entered has ended."""
        self._active -= 1
        if self._queues:
            self._admit()

    def _begin(self) -> None:
        self._active += 1
        self._bucket.take()

    def _admit(self) -> None:
        """Let those in whose turn it is, as far as there is room; come back when there is a token."""
        loop = asyncio.get_running_loop()
        while self._active < self._concurrency and (turn := self._next()) is not None:
            if wait := self._bucket.wait(loop.time()):
                if self._timer is None:
                    self._timer = loop.call_later(wait, self._token_came)
                return
            self._begin()
            self._pass_turn()
            turn.set_result(None)

    def _token_came(self) -> None:
        self._timer = None
        self._admit()

    def _next(self) -> asyncio.Future[None] | None:
        """Return the request whose turn it is, None when nobody waits; those that are given up are dropped."""
        while self._queues:
            session, queue = next(iter(self._queues.items()))
            while queue and queue[0].done():
                queue.popleft()
            if queue:
                return queue[0]
            del self._queues[session]
        return None

    def _pass_turn(self) -> None:
        session, queue = next(iter(self._queues.items()))
        queue.popleft()
        if queue:
            self._queues.move_to_end(session)
        else:
            del self._queues[session]

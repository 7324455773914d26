"""Sends a request when it is its turn, repeats it where that is safe, and stops where it is of no use."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

import httpx2

from panther_mcp.connections import Connections
from panther_mcp.errors import DeadlineExceeded, PantherMcpError
from panther_mcp.resilience.call_scope import CallScope, present_scope
from panther_mcp.resilience.failures import Failure, Sign, sign_of_answer, sign_of_failure
from panther_mcp.resilience.limiter import FairLimiter
from panther_mcp.resilience.outages import Breaker, OutageRule, Outages
from panther_mcp.resilience.refused_token import TokenGate
from panther_mcp.resilience.repetition import Backoff, repeated
from panther_mcp.settings import Settings
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.wire import Answer, exchange, origin

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A request to send, without the API key; `auth` adds it.

    Attributes:
        connections: What to send it over.
        request: The request itself.
        operation: What it asks for, by which requests of one kind are told from others.
        limit: The most bytes that the answer's body may have once decompressed.
        changes: Whether it may change something: then it is repeated only when it was not made for certain.
        auth: Adds the API key; None where the key is not needed.
        graphql: Whether it is a GraphQL operation.
    """

    connections: Connections
    request: httpx2.Request
    operation: str
    limit: int
    changes: bool = False
    auth: httpx2.Auth | None = None
    graphql: bool = False


class Dispatcher:
    """What all requests of one server share: turns, outages, and whether the token is accepted."""

    def __init__(
        self,
        settings: Settings,
        *,
        backoff: Backoff | None = None,
        outages: OutageRule | None = None,
        token: TokenGate | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        """`recorder` counts what is sent; the others replace the pauses that are made by default."""
        self._recorder = recorder or Recorder()
        self._call_timeout = settings.call_timeout
        self._backoff = backoff or Backoff(retries=settings.retries)
        self._limiter = FairLimiter(settings.max_concurrency, settings.rate_limit)
        self._outages = Outages(outages or OutageRule())
        self._token = token or TokenGate()

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return self._limiter.waiting

    async def send(self, sending: Sending, judge: Callable[[Answer], _T]) -> _T:
        """Return what `judge` makes of the answer: a value, or the error that it raises.

        It all ends with the present call (`call_scope`), and after the call timeout of the settings at the latest.
        Raises the `PantherMcpError` of the last attempt, with the number of attempts in its details where there were
        several; without asking Panther, `DeadlineExceeded` when its turn did not come in time, `Unavailable` during an
        outage, and `Unauthenticated` when the token was refused a moment ago.
        """
        present = present_scope()
        began = asyncio.get_running_loop().time()
        scope = CallScope(present.session, min(began + self._call_timeout, present.ends))
        breaker = self._outages.of(origin(sending.request.url))

        async def again() -> _T | Failure:
            self._recorder.retried(sending.operation)
            return await attempt()

        async def attempt() -> _T | Failure:
            answer = await self._in_turn(sending, scope, breaker)
            if isinstance(answer, Failure):
                return answer
            try:
                return judge(answer)
            except PantherMcpError as error:
                return Failure.answered(error, answer)

        def may_repeat(failure: Failure) -> bool:
            return failure.repeatable(changes=sending.changes) and not breaker.is_open

        result, attempts = await attempt(), 1
        if isinstance(result, Failure) and self._backoff.retries and may_repeat(result):
            result, attempts = await repeated(
                result, again, self._backoff, began=began, ends=scope.ends, may_repeat=may_repeat
            )
        if isinstance(result, Failure):
            raise _counted(result.error, attempts)
        if attempts > 1:
            _log.info("%s succeeded at attempt %d", sending.operation, attempts)
        return result

    async def _in_turn(self, sending: Sending, scope: CallScope, breaker: Breaker) -> Answer | Failure:
        """Make one attempt as soon as there is room for it; raises where it is of no use to make one."""
        token = self._token if sending.auth else None
        breaker.check()
        if token:
            token.check()
        await self._limiter.enter(scope.session, scope.ends)
        try:
            # Once more: much can have happened while it waited for its turn.
            breaker.check()
            if token:
                token.check()
                token.going()
            breaker.going()
            try:
                outcome, allowed = await self._recorded(sending, scope.ends)
            except BaseException:
                breaker.forget()
                if token:
                    token.forget()
                raise
        finally:
            self._limiter.leave()
        if isinstance(outcome, Failure):
            sign, error = sign_of_failure(outcome, allowed), outcome.error
            # The other hints are about the request that failed, such as whether its change was made.
            hint = error.hint if sign is Sign.UNREACHABLE else ""
            breaker.saw(sign, sending.operation, error.message, hint)
            if token:
                token.forget()
        else:
            breaker.saw(sign_of_answer(outcome), sending.operation, f"HTTP {outcome.status}.")
            if token:
                token.saw(outcome.status)
        return outcome

    async def _recorded(self, sending: Sending, ends: float) -> tuple[Answer | Failure, float]:
        with self._recorder.request(sending.operation, sending.request.method, graphql=sending.graphql) as record:
            outcome, allowed = await _attempt(sending, ends)
            if isinstance(outcome, Failure):
                record.error = outcome.error.code
            else:
                record.status = outcome.status
        return outcome, allowed


async def _attempt(sending: Sending, ends: float) -> tuple[Answer | Failure, float]:
    """Return the answer, or the failure where there is none, and the seconds that there were for it."""
    allowed = ends - asyncio.get_running_loop().time()
    try:
        if allowed <= 0:
            raise DeadlineExceeded("The call's time was over before its request could be sent.")
        async with sending.connections.lent() as client:
            answer = await exchange(
                client,
                sending.request,
                deadline=allowed,
                limit=sending.limit,
                auth=sending.auth,
                changes=sending.changes,
            )
    except PantherMcpError as error:
        return Failure.unanswered(error), allowed
    return answer, allowed


def _counted(error: PantherMcpError, attempts: int) -> PantherMcpError:
    if attempts > 1:
        error.details = MappingProxyType({**error.details, "attempts": attempts})
    return error

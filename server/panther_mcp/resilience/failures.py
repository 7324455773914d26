"""What a failed attempt says beside its error: whether it may be repeated, and whether Panther seems to be down."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import httpx2

from panther_mcp.errors import (
    AnswerTooLarge,
    DeadlineExceeded,
    InternalError,
    PantherMcpError,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from panther_mcp.upstream import is_json_object, retry_after_seconds
from panther_mcp.wire import Answer

_REPEATABLE_STATUSES: Final = frozenset((408, 429, 502, 503, 504))
_GATEWAY_STATUSES: Final = frozenset((502, 503, 504))
# These are raised while a connection is made: nothing of the request can have left.
_UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
# An attempt that was given less time than this, in seconds, says nothing about Panther when the time runs out.
_TELLING_SECONDS: Final = 5.0


class Sign(Enum):
    """What an attempt tells about Panther: it answers, it seems ill, it cannot be reached at all, or nothing."""

    ANSWERS = "answers"
    ILL = "ill"
    UNREACHABLE = "unreachable"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt. `status` is that of the answer, None without one; `retry_after` is in seconds.

    `unsent` says that Panther cannot have got the request.
    """

    error: PantherMcpError
    status: int | None = None
    unsent: bool = False
    retry_after: float | None = None

    @classmethod
    def unanswered(cls, error: PantherMcpError) -> "Failure":
        """Return the failure of an exchange that ended without a whole answer."""
        return cls(error, unsent=isinstance(error.__cause__, _UNSENT))

    @classmethod
    def answered(cls, error: PantherMcpError, answer: Answer) -> "Failure":
        """Return the failure that was made of an answer."""
        return cls(error, answer.status, retry_after=retry_after_seconds(answer.headers))

    def repeatable(self, *, changes: bool) -> bool:
        """Say whether the request may be sent again; `changes` says that it may change something.

        A change is repeated only when it was not made for certain: there was no connection to send it over, or
        HTTP 429 has turned it away. A 503 may come from a gateway behind which it was made, with or without
        Retry-After, and a rate limit within a GraphQL answer from a resolver that had begun.
        """
        if self.unsent:
            return self.error.retryable  # not where the host is unknown, or its certificate is not trusted
        if changes:
            return self.status == 429
        if self.status is None:
            # A read that was not answered in time is not repeated: it has had all the time it should take.
            return self.error.retryable and isinstance(self.error, Unavailable | UpstreamError)
        return self.status in _REPEATABLE_STATUSES or isinstance(self.error, RateLimited)


def sign_of_failure(failure: Failure, allowed: float) -> Sign:
    """Return what an exchange without an answer tells, for which there were `allowed` seconds."""
    error = failure.error
    if isinstance(error, InternalError):
        return Sign.NOTHING  # it is our own fault
    if isinstance(error, AnswerTooLarge):
        return Sign.ANSWERS
    if failure.unsent:
        return Sign.UNREACHABLE
    if isinstance(error, DeadlineExceeded):
        return Sign.ILL if allowed >= _TELLING_SECONDS else Sign.NOTHING
    return Sign.ILL if isinstance(error, Unavailable) else Sign.NOTHING


def sign_of_answer(answer: Answer) -> Sign:
    """Return what an answer tells. A 500 with words of the API's own is a failure of one operation, no outage."""
    if answer.status < 500:
        return Sign.ANSWERS
    if answer.status in _GATEWAY_STATUSES or not is_json_object(answer):
        return Sign.ILL
    return Sign.NOTHING

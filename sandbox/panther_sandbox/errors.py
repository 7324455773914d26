"""Every error the sandbox raises on purpose, and the HTTP status each one becomes.

SandboxError
├── StartFailedError       the server could not start (an occupied port)
├── UnauthenticatedError   401: no token, or one we do not know
├── AccessDeniedError      403 in REST, "access denied" in GraphQL: the token lacks a permission
├── InvalidInputError      400: a value that Panther would refuse
├── ObjectNotFoundError    404: names the object that is missing
├── NotServedError         501: part of Panther's API that this sandbox does not imitate yet
├── QueryRejectedError     a data lake query's failure, worded as Snowflake words it
└── QueryInterruptedError  a data lake query was stopped: cancelled, or too slow
"""

from __future__ import annotations

from typing import ClassVar


class SandboxError(Exception):
    """Base of the tree; `status` is the HTTP status a REST client sees."""

    status: ClassVar[int] = 500


class StartFailedError(SandboxError):
    """The server could not start."""


class UnauthenticatedError(SandboxError):
    """The request carries no token, or one that is not known."""

    status = 401


class AccessDeniedError(SandboxError):
    """The token lacks the permission that the operation needs."""

    status = 403

    def __init__(self, permission: str) -> None:
        super().__init__("access denied")
        self.permission = permission


class InvalidInputError(SandboxError):
    """A value that Panther would refuse."""

    status = 400


class ObjectNotFoundError(SandboxError):
    """The object asked for does not exist."""

    status = 404

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(f"{kind} not found: {identifier}")


class NotServedError(SandboxError):
    """Part of Panther's API that this sandbox does not imitate yet."""

    status = 501

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not available in this sandbox yet")


class QueryRejectedError(SandboxError):
    """A data lake query failed; the message is what Snowflake would say."""

    status = 400


class QueryInterruptedError(SandboxError):
    """A data lake query was stopped before its end."""

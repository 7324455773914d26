"""Every error the sandbox raises on purpose, and the HTTP status each one becomes.

SandboxError
├── StartFailedError       the server could not start (an occupied port)
│   ├── DataFolderError    the folder for the data cannot be used
│   └── LakeFilesError     a file of own logs cannot be loaded into the data lake
├── UnauthenticatedError   401: no token, or one we do not know
├── AccessDeniedError      403 in REST, "access denied" in GraphQL: the token lacks a permission
├── InvalidInputError      400: a value that Panther would refuse
│   ├── TestsFailedError   the unit tests of a detection fail; their results come along
│   ├── BundleError        files of an uploaded bundle are wrong; which ones, and why, comes along
│   └── FaultSpecError     a fault that was asked for does not read (in `faults.spec`)
├── ObjectNotFoundError    404: names the object that is missing
├── ConflictError          409: the object exists already, or its state does not allow the change
├── NotServedError         501: part of Panther's API that this sandbox does not imitate yet
├── QueryRejectedError     a data lake query's failure, worded as Snowflake words it
└── QueryInterruptedError  a data lake query was stopped: cancelled, or too slow
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class SandboxError(Exception):
    """Base of the tree; `status` is the HTTP status a REST client sees."""

    status: ClassVar[int] = 500


class StartFailedError(SandboxError):
    """The server could not start."""


class DataFolderError(StartFailedError):
    """The folder for the data cannot be used: not writable, or its data is another version's."""


class LakeFilesError(StartFailedError):
    """A file of own logs cannot be loaded; the message names it, and the line where there is one."""


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


class TestsFailedError(InvalidInputError):
    """A detection's unit tests fail; `results` are the records of the REST API."""

    def __init__(self, results: Sequence[dict[str, Any]]) -> None:
        failed = sum(not result["passed"] for result in results)
        super().__init__(f"{failed} of {len(results)} unit test(s) failed")
        self.results = list(results)


class BundleError(InvalidInputError):
    """Files of a bundle are wrong; `issues` are records of `path` and `errorMessage`."""

    def __init__(self, issues: Sequence[dict[str, Any]]) -> None:
        super().__init__("; ".join(f"{issue['path']}: {issue['errorMessage']}" for issue in issues[:10]))
        self.issues = list(issues)


class ConflictError(SandboxError):
    """The object exists already, or its state does not allow the change."""

    status = 409


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

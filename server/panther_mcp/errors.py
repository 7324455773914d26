"""Every error that panther-mcp raises on purpose: one tree, one base, a stable code each.

    PantherMcpError
    ├── InvalidInput          invalid_input          the caller's arguments are wrong
    │   └── FailedTests       tests_failed           a detection's own unit tests fail, so it is not stored
    ├── NotFound              not_found              the named thing does not exist
    ├── PermissionDenied      permission_denied      the API token lacks a permission
    ├── Unauthenticated       unauthenticated        no API token, or one that Panther does not accept
    ├── Conflict              conflict               it exists already, or has changed meanwhile
    ├── RateLimited           rate_limited           too many requests; details hold the wait
    ├── DeadlineExceeded      timeout                no answer in time
    ├── Cancelled             cancelled              the call was cancelled before it ended
    ├── Unavailable           unavailable            Panther cannot be reached, or not where we were told
    ├── UpstreamError         upstream_error         Panther answered with a failure, or with nonsense
    │   ├── AnswerTooLarge    upstream_error         its answer is larger than what is read of one
    │   └── UnsupportedByPanther  upstream_error     this instance does not have what was asked for
    ├── BlockedByPolicy       blocked_by_policy      a safety rule of this server refuses; details name it
    ├── ConfirmationRequired  confirmation_required  a person has to agree first
    ├── InternalError         internal               a defect of panther-mcp itself
    └── StartupError          startup                the process cannot start; never reaches a client
        ├── SettingsError     settings               the environment or the flags are wrong
        └── RegistrationError registration           the overrides do not fit the generated tools

An error becomes an MCP result in one place, at the server's boundary, from `to_payload()`. Nothing in an
error may hold the API token. Text that Panther sent goes through `bounded` before it enters a message.
"""
# ruff: noqa: N818 - the names are the codes of the public contract; "Error" behind each would say nothing more

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

JsonValue: TypeAlias = "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"

UPSTREAM_TEXT_LIMIT = 1_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_NO_DETAILS: Mapping[str, JsonValue] = MappingProxyType({})


def bounded(text: str, limit: int = UPSTREAM_TEXT_LIMIT) -> str:
    """Return `text` on one line, without control or invisible characters, at most `limit` characters long.

    Text from outside ends up in front of a model and in log files; neither may be flooded or steered by it.
    """
    # Cutting first keeps the substitution cheap however long the text is.
    cleaned = _CONTROL.sub(" ", text[: limit * 4]).strip()
    return cleaned if len(cleaned) <= limit else f"{cleaned[: limit - 1]}…"


class PantherMcpError(Exception):
    """An error with a message, a hint on what to do, and whether a retry can help.

    `message` says what happened, `hint` what the caller can do about it (may be empty), `retryable` whether
    the same call can succeed later without any change, `details` what a program may want to read (JSON values
    only). `hint` and `retryable` fall back to the defaults of the class. `quotes_panther` says that the message
    and the details may hold words of Panther's, and with them of an attacker: whoever asked Panther sets it.
    `request_id` is that of the call of a tool which ended with it, as the log has it.
    """

    code: ClassVar[str]
    default_hint: ClassVar[str] = ""
    default_retryable: ClassVar[bool] = False

    message: str
    hint: str
    retryable: bool
    details: Mapping[str, JsonValue]
    quotes_panther: bool = False
    request_id: str | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        retryable: bool | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = self.default_hint if hint is None else hint
        self.retryable = self.default_retryable if retryable is None else retryable
        self.details = MappingProxyType(dict(details)) if details else _NO_DETAILS

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON object that a client sees; empty members and a false `retryable` are left out."""
        payload: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.hint:
            payload["hint"] = self.hint
        if self.retryable:
            payload["retryable"] = True
        if self.details:
            payload["details"] = dict(self.details)
        if self.request_id:
            payload["request_id"] = self.request_id
        return payload


class InvalidInput(PantherMcpError):
    """The arguments are wrong; the same call fails again."""

    code = "invalid_input"
    default_hint = "Mend the arguments as the tool's input schema says, and call again."


class FailedTests(InvalidInput):
    """A detection's own unit tests fail, so Panther did not store it. `results` are Panther's records of the tests."""

    code = "tests_failed"
    default_hint = "Mend the code or the tests, and call again."

    results: tuple[Mapping[str, Any], ...]

    def __init__(
        self,
        message: str,
        *,
        results: Sequence[Mapping[str, Any]] = (),
        hint: str | None = None,
        retryable: bool | None = None,
        details: Mapping[str, JsonValue] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, retryable=retryable, details=details)
        self.results = tuple(results)


class NotFound(PantherMcpError):
    """What was named does not exist, or is hidden from this API token."""

    code = "not_found"
    default_hint = "Check the id: a list or search tool returns the ids that exist."


class PermissionDenied(PantherMcpError):
    """The API token lacks a permission. `details["missing_permissions"]` names it where it is known."""

    code = "permission_denied"
    default_hint = (
        "The API token lacks the permission for this, or its allowed addresses (CIDR) leave this machine "
        "out. A Panther admin can change both under Settings > API Tokens."
    )


class Unauthenticated(PantherMcpError):
    """There is no API token, or Panther does not accept it."""

    code = "unauthenticated"
    default_hint = (
        "Check PANTHER_API_TOKEN: the token may be mistyped, expired or revoked, belong to another Panther, "
        "or be bound to addresses (CIDR) that leave this machine out."
    )


class Conflict(PantherMcpError):
    """It exists already, or it is in a state that forbids the change."""

    code = "conflict"
    default_hint = "Read the present state first, then update it instead of creating it."


class RateLimited(PantherMcpError):
    """Panther asks to slow down. `details["retry_after_seconds"]` holds the wait where Panther named one."""

    code = "rate_limited"
    default_hint = "Wait, then make fewer or smaller calls."
    default_retryable = True


class DeadlineExceeded(PantherMcpError):
    """No answer came in time. Of a change it is unknown whether it was made."""

    code = "timeout"
    default_hint = "Ask for less (a shorter time range, a smaller page), or try again."
    default_retryable = True


class Cancelled(PantherMcpError):
    """The call was cancelled, by the client or because the server stops."""

    code = "cancelled"


class Unavailable(PantherMcpError):
    """Panther cannot be reached, or not at the address that the settings lead to."""

    code = "unavailable"


class UpstreamError(PantherMcpError):
    """Panther answered, but with a failure that fits no other code or with something unreadable."""

    code = "upstream_error"


class AnswerTooLarge(UpstreamError):
    """The answer is larger than what is read of one: ask for a smaller page."""

    default_hint = "Ask for less: a smaller page, fewer columns or a shorter time range."


class UnsupportedByPanther(UpstreamError):
    """This instance's API lacks what was asked for. `errors` holds GraphQL's errors of validation, if it was that."""

    errors: tuple[Mapping[str, Any], ...] = ()


class BlockedByPolicy(PantherMcpError):
    """A safety rule of this server refuses the call. `details["rule"]` names the rule."""

    code = "blocked_by_policy"


class ConfirmationRequired(PantherMcpError):
    """A person has to agree before this is done."""

    code = "confirmation_required"


class InternalError(PantherMcpError):
    """A defect of panther-mcp: nothing that the caller did."""

    code = "internal"
    default_hint = "This is a defect of panther-mcp. Its log has the details."


class StartupError(PantherMcpError):
    """The process cannot start or go on. Printed on stderr for a person; no client ever sees one."""

    code = "startup"


class SettingsError(StartupError):
    """The environment or the flags are wrong; the message lists every problem, one a line."""

    code = "settings"

    problems: tuple[str, ...]

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"panther-mcp cannot start with these settings:{lines}")


class RegistrationError(StartupError):
    """The overrides do not fit the generated tools; the message lists every problem, one a line."""

    code = "registration"

    problems: tuple[str, ...]

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"The overrides do not fit the tools:{lines}")

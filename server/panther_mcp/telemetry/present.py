"""Which call of a tool is being made: what log records, error results, audit lines and spans name it by."""

import secrets
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A call of `tool`, in the session of that id; `request_id` is its own, eight hexadecimal digits."""

    tool: str
    session: str
    request_id: str = field(default_factory=lambda: secrets.token_hex(4))


# Of the task that makes the call, and of the tasks and threads that it starts.
PRESENT: Final[ContextVar[CallFacts | None]] = ContextVar("panther_mcp_call", default=None)


def request_id() -> str | None:
    """Return the request id of the call that is being made, or None outside of one."""
    facts = PRESENT.get()
    return facts.request_id if facts is not None else None

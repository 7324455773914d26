"""How a call ended, read as a client reads it: well formed, or not at all."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from ..fences import read_text

CODES = frozenset(
    {
        "blocked_by_policy",
        "cancelled",
        "confirmation_required",
        "conflict",
        "internal",
        "invalid_input",
        "not_found",
        "permission_denied",
        "rate_limited",
        "tests_failed",
        "timeout",
        "unauthenticated",
        "unavailable",
        "upstream_error",
    }
)
# What an error says of a change that may have been made, and may not.
UNCERTAIN = re.compile(r"read the present state before you repeat", re.IGNORECASE)
_LONGEST_ERROR = 10_000


@dataclass(frozen=True)
class Outcome:
    """`code` is None for a result; `told` is its structured content or that of the error."""

    code: str | None
    told: dict[str, Any]

    @property
    def text(self) -> str:
        """All that was told."""
        return json.dumps(self.told, ensure_ascii=False)

    @property
    def uncertain(self) -> bool:
        """Whether it says that a change may have been made, and may not."""
        return bool(UNCERTAIN.search(self.text))

    @property
    def partial(self) -> bool:
        """Whether it says that not all was done."""
        return bool(self.told.get("failed"))


def outcome_of(result: Any) -> Outcome:
    """Return the outcome that an MCP result tells; AssertionError when it is not well formed."""
    (content,) = result.content
    assert read_text(content.text, result.meta) == result.structured_content, "the text is not the structured content"
    return outcome_told(result.structured_content, is_error=result.is_error)


def outcome_told(told: Any, *, is_error: bool) -> Outcome:
    """Return the outcome of structured content; AssertionError when it is not well formed."""
    assert isinstance(told, dict)
    if not is_error:
        return Outcome(None, told)
    error = told["error"]
    assert error["code"] in CODES, error
    assert error["message"]
    assert "Traceback" not in error["message"]
    assert len(json.dumps(error)) < _LONGEST_ERROR
    return Outcome(error["code"], told)

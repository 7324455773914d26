"""The tree of errors: every code, and the payload that a client sees."""

import json

import pytest

from panther_mcp import errors
from panther_mcp.errors import InvalidInput, PantherMcpError, RateLimited, bounded

CODES = {
    "invalid_input",
    "tests_failed",
    "not_found",
    "permission_denied",
    "unauthenticated",
    "conflict",
    "rate_limited",
    "timeout",
    "cancelled",
    "unavailable",
    "upstream_error",
    "blocked_by_policy",
    "confirmation_required",
    "internal",
    "startup",
    "settings",
    "registration",
}


def tree(base: type[PantherMcpError] = PantherMcpError) -> list[type[PantherMcpError]]:
    """The errors of the module; others elsewhere say more narrowly what one of them is."""
    found = [kind for child in base.__subclasses__() for kind in (child, *tree(child))]
    return [kind for kind in found if kind.__module__ == errors.__name__]


def test_the_codes_are_complete_and_unique():
    assert {kind.code for kind in tree()} == CODES
    # One that has the code of its parent is drawn below it.
    assert len([kind for kind in tree() if "code" in vars(kind)]) == len(CODES)


@pytest.mark.parametrize("kind", tree(), ids=lambda kind: kind.__name__)
def test_the_docstring_draws_every_error(kind):
    (line,) = [line for line in (errors.__doc__ or "").splitlines() if f" {kind.__name__} " in line]
    assert f" {kind.code} " in line


@pytest.mark.parametrize("kind", [kind for kind in tree() if kind.code not in ("startup", "settings", "registration")])
def test_payloads(kind):
    error = kind("It went wrong.")
    expected = {"code": kind.code, "message": "It went wrong."}
    if kind.default_hint:
        expected["hint"] = kind.default_hint
    if kind.default_retryable:
        expected["retryable"] = True
    assert error.to_payload() == expected
    full = kind("a", hint="b", retryable=True, details={"c": [1]}).to_payload()
    assert json.loads(json.dumps(full)) == {
        "code": kind.code, "message": "a", "hint": "b", "retryable": True, "details": {"c": [1]}
    }  # fmt: skip
    assert kind("a", hint="", retryable=False).to_payload() == {"code": kind.code, "message": "a"}


def test_an_error_reads_as_a_sentence_and_keeps_its_own_details():
    details: dict[str, errors.JsonValue] = {"retry_after_seconds": 3}
    error = RateLimited("Too fast.", hint="Wait.", details=details)
    details["other"] = 1
    assert str(error) == "Too fast. Wait."
    assert error.details == {"retry_after_seconds": 3}
    assert str(InvalidInput("Wrong.", hint="")) == "Wrong."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        (" a\r\n\tb\x00c\x1b[31m ", "a b c [31m"),
        ("a\u202eb\u200bc", "a b c"),
        ("x" * 20, "xxxxxxxxx…"),
        ("", ""),
    ],
)
def test_bounded(text, expected):
    assert bounded(text, 10) == expected

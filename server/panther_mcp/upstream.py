"""Panther's failures, as it words them, to the errors of this project. Pure: no request is made here.

As clients of Panther have seen it: REST gives a status and `{"message"}` (403: `{"error": "forbidden"}`;
failing tests: `testResults` beside the message); GraphQL gives 200 with `errors[]`, whose `message` is often
all there is to tell them apart ("access denied" for a missing permission).
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, cast

from pydantic_core import from_json

from panther_mcp.errors import (
    Conflict,
    DeadlineExceeded,
    FailedTests,
    InvalidInput,
    JsonValue,
    NotFound,
    PantherMcpError,
    PermissionDenied,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnsupportedByPanther,
    UpstreamError,
    bounded,
)
from panther_mcp.wire import UNCERTAIN, Answer

CONSOLE_HINT: Final = (
    "The address is probably the web console's or a proxy's, not the API's. Set PANTHER_GQL_API_URL "
    "(https://api.<your instance>/public/graphql) and PANTHER_REST_API_URL (https://api.<your instance>)."
)
_LONGEST_WAIT: Final = 86_400
_SHOWN_ERRORS: Final = 3
_SHOWN_ITEMS: Final = 50
_SHOWN_DEPTH: Final = 6
_EVIDENCE: Final = 1_000

# What routers say of a path that nothing serves; of an id that does not exist, the API speaks for itself.
_NO_ROUTE: Final = re.compile(
    r"404 page not found$|no (such )?(path|route)\b|cannot (get|post|put|patch|delete) /", re.I
)

# First match wins. Both the message and the codes under `extensions` are looked at.
_GRAPHQL_KINDS: Final[Sequence[tuple[re.Pattern[str], type[PantherMcpError]]]] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"unauthenticated|not authenticated|authentication required", Unauthenticated),
        (r"(api|access) (token|key) (is |has |was )?(been )?(invalid|expired|revoked)", Unauthenticated),
        (r"access denied|unauthori[sz]ed|not authori[sz]ed|forbidden|permission", PermissionDenied),
        (r"rate.?limit|throttl|too many requests", RateLimited),
        (r"not.?found|does not exist|no such", NotFound),
        (r"already exists|exists already|conflict", Conflict),
        (
            r"validation|invalid|bad.?(request|user.?input)|must (be|not|have)|required|malformed"
            r"|is not an? |is (in use|managed) by",
            InvalidInput,
        ),
    )
)


def status_error(answer: Answer, *, changes: bool) -> PantherMcpError:
    """Return the error for an answer whose status is not 2xx. `changes`: the request may change something."""
    status = answer.status
    body = _json(answer)
    said = _said(answer, body)
    if status in (400, 422):
        if results := _test_results(body):
            shown: dict[str, JsonValue] = {"testResults": _bounded_json(results, _SHOWN_DEPTH)}
            return FailedTests(f"Panther did not accept it: {said or 'tests fail'}", results=results, details=shown)
        return InvalidInput(
            f"Panther rejected the input: {said or f'HTTP {status}'}",
            hint="Correct the arguments; the same call fails again.",
        )
    if status == 401:
        return Unauthenticated(f"Panther does not accept the API token: {said or 'unauthorized'}")
    if status == 403:
        return PermissionDenied(f"Panther refused: {said or 'forbidden'}")
    if status in (404, 405) and is_html(answer):
        return no_api_here(f"a web page (HTTP {status})")
    if status in (405, 501) or (status == 404 and _NO_ROUTE.match(said)):
        return UnsupportedByPanther(f"This Panther has no such route (HTTP {status}).", details={"http_status": status})
    if status == 404:
        return NotFound(f"Panther does not have it: {said or 'not found'}")
    if status in (409, 412):
        return Conflict(f"Panther reports a conflict: {said or f'HTTP {status}'}")
    if status == 429:
        wait = retry_after_seconds(answer.headers)
        return RateLimited(
            "Panther throttles this API token." + (f" {said}" if said else ""),
            hint=None if wait is None else f"Wait {wait} seconds, then make fewer or smaller calls.",
            details=None if wait is None else {"retry_after_seconds": wait},
        )
    if status in (408, 504):
        return DeadlineExceeded(
            f"Panther took too long (HTTP {status})." + (f" {said}" if said else ""),
            hint=UNCERTAIN if changes else None,
            retryable=not changes,
        )
    details: dict[str, JsonValue] = {"http_status": status}
    if 300 <= status < 400:
        return no_api_here(f"a redirect (HTTP {status})")
    if status >= 500:
        wait = retry_after_seconds(answer.headers)
        if wait is not None:
            details["retry_after_seconds"] = wait
        again = "Try again in a moment." if wait is None else f"Try again in {wait} seconds."
        return Unavailable(
            f"Panther has a problem (HTTP {status})." + (f" {said}" if said else ""),
            hint=UNCERTAIN if changes else again,
            retryable=not changes,
            details=details,
        )
    return UpstreamError(f"Panther answered HTTP {status}." + (f" {said}" if said else ""), details=details)


def graphql_error(errors: Sequence[Mapping[str, Any]]) -> PantherMcpError:
    """Return the error for a GraphQL answer with `errors[]` (at least one) and no usable data."""
    from panther_mcp.drift.mismatch import is_mismatch  # needed at a failure, not at start

    texts: dict[str, None] = {}
    for error in errors:
        texts.setdefault(bounded(str(error.get("message") or "no message")))
    message = bounded("; ".join(list(texts)[:_SHOWN_ERRORS]))
    if is_mismatch(errors):
        unsupported = UnsupportedByPanther(
            f"This Panther does not know what was asked of it: {message}",
            hint=(
                "Its API differs from the one that this panther-mcp was made for. If an argument is unknown, call "
                "again without it; else update panther-mcp, or Panther."
            ),
        )
        unsupported.errors = tuple(errors)
        return unsupported
    kind = _graphql_kind(errors)
    if kind is PermissionDenied or kind is Unauthenticated:
        return kind(f"Panther refused: {message}")
    if kind is InvalidInput:
        return kind(f"Panther rejected the input: {message}", hint="Correct the arguments; the same call fails again.")
    return kind(f"Panther answered: {message}")


def graphql_errors(body: Any) -> tuple[dict[str, Any], ...]:
    """Return the well-formed members of `errors[]` of a GraphQL answer; none is an empty tuple."""
    if not isinstance(body, dict):
        return ()
    errors = cast("dict[str, Any]", body).get("errors")
    if not isinstance(errors, list):
        return ()
    return tuple(cast("dict[str, Any]", error) for error in cast("list[object]", errors) if isinstance(error, dict))


def unreadable(answer: Answer, what: str) -> UpstreamError:
    """Return the error for a 2xx answer whose body is not what an API sends; a web page is told apart."""
    if is_html(answer):
        return UpstreamError("A web page came back where Panther's API was expected.", hint=CONSOLE_HINT)
    return UpstreamError(f"Panther's answer cannot be read: {what}.", hint="Try again; if it persists, report it.")


def no_api_here(answered: str) -> Unavailable:
    """Return the error for an address that `answered` as no API of Panther does."""
    return Unavailable(f"Panther's API is not at this address: it answers with {answered}.", hint=CONSOLE_HINT)


def is_html(answer: Answer) -> bool:
    """Say whether the answer is a web page, by its type or by how it begins."""
    return "html" in answer.headers.get("content-type", "").lower() or answer.body[:256].lstrip().startswith(b"<")


def is_json_object(answer: Answer) -> bool:
    """Say whether the answer is one that an API gives, of whatever status."""
    return isinstance(_json(answer), dict)


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> int | None:
    """Return the wait that `Retry-After` asks for (RFC 9110: seconds, or an HTTP date), or None.

    Rounded up, from 0 to a day; `now` is the present time, for a date.
    """
    raw = headers.get("retry-after", "").strip()
    if raw.isascii() and raw.isdigit():
        return min(int(raw[:9]), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(raw)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    wait = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(math.ceil(wait), 0), _LONGEST_WAIT)


def _json(answer: Answer) -> Any:
    """Return the parsed body, or None: a failure may carry any text, and its status says enough."""
    try:
        return from_json(answer.body)
    except ValueError:
        return None


def _said(answer: Answer, body: Any) -> str:
    """Return what Panther said about a failure, bounded; empty if nothing legible."""
    if isinstance(body, dict):
        members = cast("dict[str, Any]", body)
        for name in ("message", "Message", "error"):
            if isinstance(text := members.get(name), str) and text:
                return bounded(text)
        if errors := graphql_errors(members):
            return bounded("; ".join(str(error.get("message", "")) for error in errors[:_SHOWN_ERRORS]))
        return ""
    if is_html(answer):
        return ""
    return bounded(body if isinstance(body, str) else answer.body[:4_000].decode("utf-8", "replace"))


def _test_results(body: Any) -> list[dict[str, Any]]:
    """Return the `testResults` of a detection whose tests fail: they say which test, and why."""
    results = cast("dict[str, Any]", body).get("testResults") if isinstance(body, dict) else None
    if not isinstance(results, list):
        return []
    return [cast("dict[str, Any]", item) for item in cast("list[object]", results) if isinstance(item, dict)]


def _bounded_json(value: Any, depth: int) -> JsonValue:
    if isinstance(value, str):
        return bounded(value)
    if not isinstance(value, list | dict):
        return cast("JsonValue", value)
    if depth == 0:
        return "…"
    if isinstance(value, list):
        return [_bounded_json(item, depth - 1) for item in cast("list[object]", value)[:_SHOWN_ITEMS]]
    pairs = list(cast("dict[str, Any]", value).items())[:_SHOWN_ITEMS]
    return {bounded(name): _bounded_json(item, depth - 1) for name, item in pairs}


def _graphql_kind(errors: Sequence[Mapping[str, Any]]) -> type[PantherMcpError]:
    """Return the most telling kind among the errors: a vague one beside a clear one says nothing more."""
    evidence = [_evidence(error) for error in errors]
    for pattern, kind in _GRAPHQL_KINDS:
        if any(pattern.search(text) for text in evidence):
            return kind
    return UpstreamError


def _evidence(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    members: Mapping[str, Any] = cast("dict[str, Any]", extensions) if isinstance(extensions, dict) else {}
    codes = (
        members.get("code"),
        members.get("errorType"),
        members.get("classification"),
        error.get("errorType"),
    )
    return " ".join(_ends(str(part)) for part in (error.get("message"), *codes) if part)


def _ends(text: str) -> str:
    """Return the beginning and the end of `text`: what is wrong is said after a value that may be of any length."""
    return text if len(text) <= 2 * _EVIDENCE else f"{text[:_EVIDENCE]} {text[-_EVIDENCE:]}"

"""The checks of Panther's API: does it answer where the settings lead, over REST and over GraphQL, and how fast?"""

import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pydantic_core import from_json

from panther_mcp.doctor.case import Case
from panther_mcp.doctor.findings import Finding, Skipped, failed, ok, warning
from panther_mcp.doctor.greeting import greet
from panther_mcp.doctor.network import secure
from panther_mcp.errors import NotFound, PermissionDenied, Unauthenticated, UnsupportedByPanther
from panther_mcp.upstream import CONSOLE_HINT

TOKEN_PATH: Final = "/api-tokens/self"  # noqa: S105 - a path
_LIGHT: Final = "query DoctorProbe { __typename }"
_CALLS: Final = 3
_MEASURED_SECONDS: Final = 3.0
_SLOW_MS: Final = 1_500


async def api(case: Case) -> Finding:
    """Find whether the REST API is where the settings lead. What it says of the token is kept for the next checks."""
    if case.greeting is not None and case.greeting.failure is not None:
        raise case.greeting.failure
    if case.sound.api_token is None:
        raise Skipped(because="settings")
    case.endpoints = await case.http.endpoints()
    finding = await _elsewhere(case)
    if finding is not None and finding.status == "failed":
        return finding
    where = case.endpoints.rest
    try:
        text = await case.http.rest("GET", TOKEN_PATH)
    except (Unauthenticated, PermissionDenied) as error:
        case.refusal = error
        return finding or ok(f"answers at {where}")
    except (NotFound, UnsupportedByPanther):
        return failed(f"{where} answers, but Panther's API is not there", CONSOLE_HINT)
    told = _json(text)
    if not isinstance(told, dict) or "id" not in told:
        return failed(f"{where} answers, but not as Panther's API does", CONSOLE_HINT)
    case.token = cast("dict[str, Any]", told)
    return finding or ok(f"answers at {where}")


async def graphql(case: Case) -> Finding:
    """Find whether the GraphQL API answers."""
    where = case.endpoints.graphql if case.endpoints else ""
    try:
        await case.http.graphql(_LIGHT, operation_name="DoctorProbe", variables={})
    except (Unauthenticated, PermissionDenied) as error:
        case.refusal = case.refusal or error
    return ok(f"answers at {where}")


async def latency(case: Case) -> Finding:
    """Find how long light calls take: the least that every tool takes."""
    rest = await _measured(lambda: case.http.rest("GET", TOKEN_PATH))
    light = await _measured(lambda: case.http.graphql(_LIGHT, operation_name="DoctorProbe", variables={}))
    told = f"GraphQL {light} ms, REST {rest} ms (median of {_CALLS} light calls)"
    if max(rest, light) < _SLOW_MS:
        return ok(told)
    return warning(
        f"{told}: slow", "Look at the way in between (VPN, proxy). PANTHER_MCP_READ_TIMEOUT gives slow answers time."
    )


async def _measured(call: Callable[[], Awaitable[object]]) -> int:
    """Return the median of a few calls in milliseconds; slow ones are not repeated for long."""
    took: list[float] = []
    began = time.perf_counter()
    while len(took) < _CALLS and time.perf_counter() - began < _MEASURED_SECONDS / 2:
        before = time.perf_counter()
        await call()
        took.append(time.perf_counter() - before)
    return max(1, round(median(took) * 1_000))


async def _elsewhere(case: Case) -> Finding | None:
    """Return what is wrong with the way to the API where that is not the host that was looked at already."""
    if case.endpoints is None or _origin(case.endpoints.rest) == _origin(case.address or ""):
        return None
    greeting = await greet(case.hasty, case.endpoints.rest)
    if greeting.clock_skew is not None:
        case.clock_skews.append(greeting.clock_skew)
    if case.endpoints.rest.startswith("https:") and greeting.connected:
        finding = await secure(case, case.endpoints.rest, greeting)
        if finding.status != "ok":
            return Finding(finding.status, f"{urlsplit(case.endpoints.rest).hostname}: {finding.found}", finding.fixes)
    if greeting.failure is not None:
        return failed(greeting.failure.message, greeting.failure.hint)
    return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _json(text: bytes | None) -> object:
    try:
        return from_json(text or b"null")
    except ValueError:
        return None

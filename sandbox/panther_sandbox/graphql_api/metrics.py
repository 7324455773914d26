"""Metrics in GraphQL."""

from __future__ import annotations

from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.clock import parse_time
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.graphql_api.operation import Operation, Operations, time_argument
from panther_sandbox.metrics import Span, metrics
from panther_sandbox.sandbox import Sandbox


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""

    def read(_caller: Caller, input: dict[str, Any]) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        first, last = (time_argument(name, input[name]) for name in ("fromDate", "toDate"))
        if first is None or last is None:
            raise InvalidInputError("fromDate and toDate are required")
        return metrics(sandbox, Span.of(parse_time(first), parse_time(last), input.get("intervalInMinutes")))

    return {"metrics": Operation(read, ("SummaryRead",))}


def mutations(_sandbox: Sandbox) -> Operations:
    """Return the served mutations: none."""
    return {}

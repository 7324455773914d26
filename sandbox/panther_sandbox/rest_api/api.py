"""The REST API without its HTTP: finds the route, checks the permission, turns errors into answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.errors import AccessDeniedError, SandboxError
from panther_sandbox.rest_api import alerts, detections, documents, people
from panther_sandbox.rest_api.routing import Answer, Request, path_segments
from panther_sandbox.sandbox import Sandbox

_log = logging.getLogger(__name__)


class RestApi:
    """Answers requests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._routes = [route for domain in (alerts, detections, documents, people) for route in domain.routes(sandbox)]

    def answer(
        self,
        caller: Caller,
        method: str,
        raw_path: bytes,
        query: Mapping[str, Sequence[str]],
        body: Any,
    ) -> Answer:
        """Return the answer to a request of an authenticated caller."""
        segments = path_segments(raw_path)
        for route in self._routes:
            if route.method != method:
                continue
            values = route.match(segments)
            if values is None:
                continue
            try:
                caller.require(*route.any_of)
                answer: Answer = route.handler(Request(caller, values, query, body))
                return answer
            except SandboxError as error:
                return refusal(error)
            except Exception:
                # The client must learn that the fault is ours; what it was goes to the log.
                _log.exception("%s %s", method, route.pattern)
                return Answer(500, {"message": "internal server error"})
        return Answer(404, {"message": f"not found, or not available in this sandbox: {method} /{'/'.join(segments)}"})


def refusal(error: SandboxError) -> Answer:
    """Return the answer that an error becomes."""
    if isinstance(error, AccessDeniedError):
        return Answer(403, {"error": "forbidden"})
    return Answer(error.status, {"message": str(error)})

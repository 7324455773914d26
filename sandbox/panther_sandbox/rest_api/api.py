"""The REST API without its HTTP: finds the route, checks permission and body, turns errors into answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.errors import AccessDeniedError, SandboxError, TestsFailedError
from panther_sandbox.rest_api import alerts, detections, documents, log_sources, people, queries, roles, tokens
from panther_sandbox.rest_api.contract import Contract
from panther_sandbox.rest_api.routing import Answer, Request, Route, path_segments
from panther_sandbox.sandbox import Sandbox

_DOMAINS = (alerts, detections, documents, log_sources, people, queries, roles, tokens)
_FIRST_FAILURE = 400
_log = logging.getLogger(__name__)


class RestApi:
    """Answers requests."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._journal = sandbox.journal
        self.routes = [route for domain in _DOMAINS for route in domain.routes(sandbox)]
        self._contract = Contract()

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
        other_methods: list[str] = []
        for route in self.routes:
            values = route.match(segments)
            if values is None:
                continue
            if route.method == method:
                answer = self._run(route, caller, values, query, body)
                if method != "GET" and answer.status < _FIRST_FAILURE:
                    self._journal.note(f"{method} /{'/'.join(segments)}", {"query": query, "body": body})
                return answer
            other_methods.append(route.method)
        path = "/".join(segments)
        if other_methods:
            message = {"message": f"method {method} is not allowed on /{path}"}
            return Answer(405, message, {"Allow": ", ".join(sorted(set(other_methods)))})
        return Answer(404, {"message": f"no such path: {method} /{path}"})

    def _run(
        self, route: Route, caller: Caller, values: dict[str, str], query: Mapping[str, Sequence[str]], body: Any
    ) -> Answer:
        try:
            caller.require(*route.any_of)
            checked = self._contract.checked_body(route.method, route.pattern, body)
            answer: Answer = route.handler(Request(caller, values, query, checked))
        except SandboxError as error:
            return refusal(error)
        except Exception:
            # The client must learn that the fault is ours; what it was goes to the log.
            _log.exception("%s %s", route.method, route.pattern)
            return Answer(500, {"message": "internal server error"})
        return answer


def refusal(error: SandboxError) -> Answer:
    """Return the answer that an error becomes."""
    if isinstance(error, AccessDeniedError):
        return Answer(403, {"error": "forbidden"})
    if isinstance(error, TestsFailedError):
        return Answer(error.status, {"message": str(error), "testResults": error.results})
    return Answer(error.status, {"message": str(error)})

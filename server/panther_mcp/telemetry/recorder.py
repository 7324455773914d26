"""The one place that records what the server does: calls of tools, requests to Panther, retries, bytes scanned.

It keeps names, numbers and error codes, and passes the same to OpenTelemetry where that is configured. It is never
given arguments, results or queries.
"""

import logging
import time
from collections import Counter
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final, Protocol

from panther_mcp.changes import InputNeeded
from panther_mcp.errors import Cancelled, InternalError, PantherMcpError
from panther_mcp.results import JsonObject
from panther_mcp.telemetry.durations import Durations
from panther_mcp.telemetry.present import PRESENT, CallFacts

OK: Final = "ok"
INPUT_REQUIRED: Final = "input_required"
_calls = logging.getLogger("panther_mcp.calls")
_requests = logging.getLogger("panther_mcp.requests")


@dataclass(slots=True)
class CallRecord:
    """A call of a tool: `outcome` is `ok`, an error's code or `input_required`; `size` is in bytes, 0 for an error."""

    facts: CallFacts
    outcome: str = Cancelled.code
    size: int = 0


@dataclass(slots=True)
class RequestRecord:
    """One HTTP request to Panther: `operation` names it, `status` is the answer's, `error` the code where none came."""

    operation: str
    method: str
    graphql: bool
    status: int | None = None
    error: str | None = None


class Exporter(Protocol):
    """What takes the records elsewhere as they are made."""

    def call(self, record: CallRecord) -> AbstractContextManager[None]:
        """Return what is entered for as long as the call lasts; at its end the record is complete."""
        ...

    def request(self, record: RequestRecord) -> AbstractContextManager[None]:
        """Return what is entered for as long as the request lasts; at its end the record is complete."""
        ...

    def retried(self, operation: str) -> None:
        """Take a request that is sent once more."""
        ...

    def scanned(self, size: int) -> None:
        """Take the bytes that a query has scanned."""
        ...


class Recorder:
    """Counts for one server since it was made, and passes on to `exporter`."""

    def __init__(self, exporter: Exporter | None = None) -> None:
        self._exporter = exporter
        self._begun = time.monotonic()
        self._tools: dict[str, _Tool] = {}
        self._operations: dict[str, _Operation] = {}
        self._bytes_scanned = 0

    @contextmanager
    def call(self, tool: str, session: str) -> Generator[CallRecord]:
        """Record a call of `tool`: whatever is logged within belongs to it, and an error that leaves it names it."""
        record = CallRecord(CallFacts(tool, session))
        token = PRESENT.set(record.facts)
        begun = time.perf_counter()
        try:
            with self._exporter.call(record) if self._exporter else nullcontext():
                try:
                    yield record
                    record.outcome = OK
                except PantherMcpError as error:
                    record.outcome, error.request_id = error.code, record.facts.request_id
                    raise
                except InputNeeded:
                    record.outcome = INPUT_REQUIRED
                    raise
                except Exception:
                    record.outcome = InternalError.code
                    raise
        finally:
            self._called(record, time.perf_counter() - begun)
            PRESENT.reset(token)

    @contextmanager
    def request(self, operation: str, method: str, *, graphql: bool = False) -> Generator[RequestRecord]:
        """Record a request to Panther; within, `status` of the record is set to that of the answer.

        `operation` is the name of the GraphQL operation, or what `rest_operation` makes of a REST request.
        """
        record = RequestRecord(operation, method.upper(), graphql)
        begun = time.perf_counter()
        try:
            with self._exporter.request(record) if self._exporter else nullcontext():
                try:
                    yield record
                except PantherMcpError as error:
                    record.error = error.code
                    raise
                except Exception:
                    record.error = InternalError.code
                    raise
                except BaseException:
                    record.error = Cancelled.code
                    raise
        finally:
            seconds = time.perf_counter() - begun
            self._operation(operation).ended(record, seconds)
            _requests.debug("%s: %s in %d ms", operation, record.status or record.error, seconds * 1_000)

    def retried(self, operation: str) -> None:
        """Count a request that is sent once more; its attempts are recorded one by one."""
        self._operation(operation).retries += 1
        if self._exporter:
            self._exporter.retried(operation)

    def scanned(self, size: int) -> None:
        """Count the bytes that a query of the data lake has scanned."""
        self._bytes_scanned += size
        if self._exporter:
            self._exporter.scanned(size)

    def told(self) -> JsonObject:
        """Return all that was counted: names and numbers alone, of every session; durations in milliseconds."""
        return {
            "uptime_seconds": round(time.monotonic() - self._begun),
            "bytes_scanned": self._bytes_scanned,
            "tools": {name: tool.told() for name, tool in sorted(self._tools.items())},
            "upstream": {name: operation.told() for name, operation in sorted(self._operations.items())},
        }

    def _called(self, record: CallRecord, seconds: float) -> None:
        tool = self._tools.get(record.facts.tool)
        if tool is None:
            tool = self._tools[record.facts.tool] = _Tool()
        tool.ended(record.outcome, seconds)
        if _calls.isEnabledFor(logging.INFO):
            took = round(seconds * 1_000)
            facts = {"duration_ms": took, "outcome": record.outcome, "bytes": record.size}
            message = "%s: %s in %d ms, %d bytes"
            _calls.info(message, record.facts.tool, record.outcome, took, record.size, extra={"facts": facts})

    def _operation(self, name: str) -> "_Operation":
        operation = self._operations.get(name)
        if operation is None:
            operation = self._operations[name] = _Operation()
        return operation


class _Tool:
    def __init__(self) -> None:
        self._durations = Durations()
        self._errors: Counter[str] = Counter()

    def ended(self, outcome: str, seconds: float) -> None:
        self._durations.add(seconds)
        if outcome not in (OK, INPUT_REQUIRED):
            self._errors[outcome] += 1

    def told(self) -> JsonObject:
        errors = {"errors": dict(self._errors)} if self._errors else {}
        return {"calls": self._durations.count, **errors, **self._durations.told()}


class _Operation:
    def __init__(self) -> None:
        self.retries = 0
        self._durations = Durations()
        self._statuses: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()

    def ended(self, record: RequestRecord, seconds: float) -> None:
        self._durations.add(seconds)
        if record.status is not None:
            self._statuses[str(record.status)] += 1
        else:
            self._errors[record.error or InternalError.code] += 1

    def told(self) -> JsonObject:
        told: JsonObject = {"requests": self._durations.count}
        if self._statuses:
            told["statuses"] = dict(self._statuses)
        if self._errors:
            told["errors"] = dict(self._errors)
        if self.retries:
            told["retries"] = self.retries
        return {**told, **self._durations.told()}

"""OpenTelemetry: a span for each call of a tool and each request to Panther, and the counters as metrics.

Imported only where an exporter is configured. The providers are this server's own and not the process's: what the
frameworks instrument of themselves stays unrecorded, for they put messages of exceptions into their spans. Ours hold
names, numbers and codes.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter, NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NoOpTracer, Span, SpanKind, StatusCode, Tracer

from panther_mcp.installation import package_version
from panther_mcp.telemetry.durations import BOUNDS_MS
from panther_mcp.telemetry.recorder import INPUT_REQUIRED, OK, CallRecord, RequestRecord
from panther_mcp.telemetry.setup import Signals

_SCOPE: Final = "panther-mcp"
# The end of the process waits this long for the last records, in seconds.
_FLUSH_SECONDS: Final = 0.4
_BOUNDS_SECONDS: Final = tuple(bound / 1_000 for bound in BOUNDS_MS)
_log = logging.getLogger(__name__)


class OtelExporter:
    """Makes spans and metrics of records, with the semantic conventions for MCP, GenAI, HTTP and GraphQL."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self._tracer = tracer
        self._calls = meter.create_counter("panther_mcp.tool.calls", "{call}", "Calls of tools by outcome")
        self._call_seconds = meter.create_histogram(
            "mcp.server.operation.duration",
            "s",
            "Duration of calls of tools",
            explicit_bucket_boundaries_advisory=_BOUNDS_SECONDS,
        )
        self._requests = meter.create_counter("panther_mcp.upstream.requests", "{request}", "Requests to Panther")
        self._request_seconds = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of requests to Panther",
            explicit_bucket_boundaries_advisory=_BOUNDS_SECONDS,
        )
        self._retries = meter.create_counter("panther_mcp.upstream.retries", "{request}", "Requests sent once more")
        self._scanned = meter.create_counter("panther_mcp.lake.scanned", "By", "Bytes that queries have scanned")

    @contextmanager
    def call(self, record: CallRecord) -> Generator[None]:
        """Make the span and the metrics of a call of a tool."""
        tool = record.facts.tool
        attributes = {
            "mcp.method.name": "tools/call",
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": tool,
        }
        begun = time.perf_counter()
        with self._span(f"tools/call {tool}", SpanKind.SERVER, attributes) as span:
            span.set_attribute("panther_mcp.request.id", record.facts.request_id)
            try:
                yield
            finally:
                failed = record.outcome not in (OK, INPUT_REQUIRED)
                error = {"error.type": record.outcome} if failed else {}
                _end(span, error)
                self._calls.add(1, {"gen_ai.tool.name": tool, "outcome": record.outcome})
                measured = {"mcp.method.name": "tools/call", "gen_ai.tool.name": tool, **error}
                self._call_seconds.record(time.perf_counter() - begun, measured)

    @contextmanager
    def request(self, record: RequestRecord) -> Generator[None]:
        """Make the span and the metrics of a request to Panther."""
        name = "graphql.operation.name" if record.graphql else "url.template"
        named = record.operation if record.graphql else record.operation.partition(" ")[2]
        attributes: dict[str, str | int] = {"http.request.method": record.method, name: named}
        begun = time.perf_counter()
        with self._span(record.operation, SpanKind.CLIENT, attributes) as span:
            try:
                yield
            finally:
                error: dict[str, str] = {}
                if record.status is not None:
                    attributes["http.response.status_code"] = record.status
                    span.set_attribute("http.response.status_code", record.status)
                    if record.status >= 400:
                        error = {"error.type": str(record.status)}
                else:
                    error = {"error.type": record.error or "internal"}
                _end(span, error)
                status = str(record.status or error["error.type"])
                self._requests.add(1, {"operation": record.operation, "status": status})
                self._request_seconds.record(time.perf_counter() - begun, {**attributes, **error})

    def retried(self, operation: str) -> None:
        """Count a request that is sent once more."""
        self._retries.add(1, {"operation": operation})

    def scanned(self, size: int) -> None:
        """Count the bytes that a query has scanned."""
        self._scanned.add(size)

    @contextmanager
    def _span(self, name: str, kind: SpanKind, attributes: Mapping[str, str | int]) -> Generator[Span]:
        """Begin a span below the present one, which may be the client's; no exception is written into it."""
        with self._tracer.start_as_current_span(
            name, kind=kind, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            yield span


def exporter_for(signals: Signals, environment: Mapping[str, str]) -> OtelExporter:
    """Return what exports `signals` over OTLP as OpenTelemetry's variables say, and flushes at the process's end."""
    _check_protocol(environment)
    resource = Resource.create(_about(environment))
    flushes: list[Callable[[int], object]] = []
    tracer: Tracer = NoOpTracer()
    meter: Meter = NoOpMeter(_SCOPE)
    # The providers' own exit functions would wait for a collector that does not answer.
    if signals.traces:
        traces = TracerProvider(resource=resource, shutdown_on_exit=False)
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        tracer = traces.get_tracer(_SCOPE, package_version())
        flushes.append(traces.force_flush)
    if signals.metrics:
        reader: MetricReader = PeriodicExportingMetricReader(OTLPMetricExporter())
        metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        meter = metrics.get_meter(_SCOPE, package_version())
        flushes.append(metrics.force_flush)
    atexit.register(_flush, flushes)
    return OtelExporter(tracer, meter)


def _end(span: Span, error: Mapping[str, str]) -> None:
    if error:
        span.set_attributes(error)
        span.set_status(StatusCode.ERROR)


def _flush(flushes: list[Callable[[int], object]]) -> None:
    """Send what is left, side by side; a collector that does not answer holds up the end of the process no longer."""
    waiting = [threading.Thread(target=flush, args=(round(_FLUSH_SECONDS * 1_000),), daemon=True) for flush in flushes]
    for thread in waiting:
        thread.start()
    deadline = time.monotonic() + _FLUSH_SECONDS
    for thread in waiting:
        thread.join(max(deadline - time.monotonic(), 0))


def _about(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what the resource is told beside what the environment says of it."""
    about = {"service.version": package_version()}
    if not environment.get("OTEL_SERVICE_NAME") and "service.name=" not in environment.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    ):
        about["service.name"] = _SCOPE
    return about


def _check_protocol(environment: Mapping[str, str]) -> None:
    for name in ("", "TRACES_", "METRICS_"):
        protocol = environment.get(f"OTEL_EXPORTER_OTLP_{name}PROTOCOL", "")
        if protocol not in ("", "http/protobuf"):
            _log.warning(
                "OTEL_EXPORTER_OTLP_%sPROTOCOL is %r, and http/protobuf is used: no other is built in.", name, protocol
            )

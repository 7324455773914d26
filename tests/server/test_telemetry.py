"""OpenTelemetry: what a collector is sent of calls and requests, what it is not, and what an absent one costs."""

import gzip
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from panther_mcp.telemetry import setup
from panther_mcp.telemetry.setup import Signals, configured, recorder_for

from .test_process import started

VALUE, COLUMN, TITLE = "203.0.113.213", "planted_column_91c", "no-such-alert-5b2e"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector(ThreadingHTTPServer):
    """What an OpenTelemetry collector would get over OTLP, as it came."""

    daemon_threads = True

    def __init__(self) -> None:
        self.bodies: dict[str, list[bytes]] = {"/v1/traces": [], "/v1/metrics": []}
        super().__init__(("127.0.0.1", 0), Receiver)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def spans(self):
        for body in self.bodies["/v1/traces"]:
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    yield from scope.spans

    def metrics(self):
        for body in self.bodies["/v1/metrics"]:
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                for scope in resource.scope_metrics:
                    yield from scope.metrics


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.bodies[self.path].append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as served:
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


def attributes(one) -> dict[str, object]:
    return {item.key: item.value.string_value or item.value.int_value for item in one.attributes}


async def test_spans_and_metrics_hold_names_and_numbers_and_no_value(panther, collector):
    env = {
        "PANTHER_INSTANCE_URL": panther.url,
        "PANTHER_API_TOKEN": panther.token,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        "LOG_LEVEL": "DEBUG",
        "PANTHER_MCP_SQL_GUARD": "off",
    }
    sql = f"SELECT '{VALUE}' AS {COLUMN}, 'AKIAIOSFODNN7EXAMPLQ' AS leaked"
    meta = {"_meta": {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}}
    async with started(**env) as process:
        await process.greet()
        call = {"name": "query_data_lake", "arguments": {"sql": sql}}
        assert not (await process.ask("tools/call", {**call, **meta}))["result"].get("isError")
        for tool, given in (("get_alert", {"alert_id": TITLE}), ("get_detection", {"detection_id": TITLE})):
            assert (await process.ask("tools/call", {"name": tool, "arguments": given}))["result"]["isError"]
        await process.ask("prompts/get", {"name": TITLE})
        status, _, err = await process.end()
    assert status == 0

    spans = list(collector.spans())
    named = {span.name: span for span in spans}
    assert {"tools/call query_data_lake", "StartDataLakeQuery", "GET /rules/{id}"} <= named.keys()
    run, start = named["tools/call query_data_lake"], named["StartDataLakeQuery"]
    assert run.trace_id.hex() == TRACE
    assert (start.trace_id, start.parent_span_id) == (run.trace_id, run.span_id)
    about = attributes(run)
    assert len(about.pop("panther_mcp.request.id")) == 8
    assert about == {
        "mcp.method.name": "tools/call",
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "query_data_lake",
    }
    assert attributes(start) == {
        "http.request.method": "POST",
        "graphql.operation.name": "StartDataLakeQuery",
        "http.response.status_code": 200,
    }
    assert attributes(named["GET /rules/{id}"]) == {
        "http.request.method": "GET",
        "url.template": "/rules/{id}",
        "http.response.status_code": 404,
        "error.type": "404",
    }
    assert attributes(named["tools/call get_alert"])["error.type"] == "not_found"
    assert all(not span.events for span in spans)

    metrics = {metric.name: metric for metric in collector.metrics()}
    calls = {
        (attributes(point)["gen_ai.tool.name"], attributes(point)["outcome"]): point.as_int
        for point in metrics["panther_mcp.tool.calls"].sum.data_points
    }
    assert calls == {
        ("query_data_lake", "ok"): 1,
        ("get_alert", "not_found"): 1,
        ("get_detection", "not_found"): 1,
    }
    assert metrics["mcp.server.operation.duration"].histogram.data_points
    assert metrics["http.client.request.duration"].histogram.data_points
    assert metrics["panther_mcp.upstream.requests"].sum.data_points
    assert metrics["panther_mcp.lake.scanned"].unit == "By"

    sent = b"".join(body for bodies in collector.bodies.values() for body in bodies)
    assert b"panther-mcp" in sent
    assert b"deployment.environment.name" in sent
    for planted in (VALUE, COLUMN, TITLE, "SELECT", "AKIAIOSFODNN7EXAMPLQ", panther.token):
        assert planted.encode() not in sent
    for secret in ("AKIAIOSFODNN7EXAMPLQ", panther.token):
        assert secret not in err
    for line in err.splitlines():
        assert json.loads(line).keys() >= {"time", "level", "logger", "message"}


@pytest.mark.parametrize(
    ("given", "signals"),
    [
        ({}, (False, False)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, (True, True)),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, (True, False)),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://x"}, (False, True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"}, (False, True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_METRICS_EXPORTER": "otlp,none"}, (True, True)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "True"}, (False, False)),
    ],
)
def test_the_environment_says_what_is_exported(given, signals):
    assert configured(given) == Signals(*signals)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    monkeypatch.delitem(sys.modules, f"{setup.__package__}.otel", raising=False)
    for module in [name for name in sys.modules if name.startswith(("opentelemetry.sdk.", "opentelemetry.exporter."))]:
        monkeypatch.delitem(sys.modules, module)
    with caplog.at_level(logging.WARNING):
        recorder = recorder_for({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})
    (record,) = caplog.records
    assert "pip install 'panther-mcp[otel]'" in record.getMessage()
    with recorder.call("get_alert", "s"):
        pass
    assert recorder.told()["tools"]["get_alert"]["calls"] == 1


def test_nothing_of_the_sdk_is_imported_where_nothing_is_configured():
    code = (
        "import sys\n"
        "from panther_mcp.telemetry.setup import recorder_for\n"
        "recorder_for({'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://127.0.0.1:1', 'OTEL_SDK_DISABLED': 'true'})\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

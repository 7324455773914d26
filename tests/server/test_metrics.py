"""The counters: what metrics://panther tells of calls and requests, and that it tells nothing else."""

import json
from importlib.resources import files

import pytest
from mcp.shared.exceptions import MCPError

from panther_mcp.telemetry.durations import BOUNDS_MS, Durations
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.telemetry.routes import rest_operation

MARK = "mark-of-a-value-7f3a"
REST = json.loads((files("panther_schema") / "panther.openapi.json").read_text(encoding="utf-8"))["paths"]


async def metrics(mcp):
    (content,) = await mcp.client.read_resource("metrics://panther")
    return json.loads(content.text)


async def test_calls_and_requests_are_counted_by_name_and_outcome(mcp):
    before = await metrics(mcp)
    assert (before["tools"], before["upstream"].keys()) == ({}, {"GET console", "GET /api-tokens/self"})
    await mcp("query_data_lake", sql=f"SELECT COUNT(*) AS n FROM aws_cloudtrail WHERE '{MARK}' = ''")
    await mcp.refused("get_alert", alert_id=MARK)
    await mcp.refused("get_alert", nonsense=MARK)
    await mcp.refused("get_detection", detection_id=MARK)
    with pytest.raises(MCPError):
        await mcp.client.read_resource(f"panther://detections/rules/{MARK}")
    told = await metrics(mcp)
    assert told.keys() == {"uptime_seconds", "bytes_scanned", "tools", "upstream"}
    assert told["bytes_scanned"] > 0
    assert told["tools"].keys() == {"query_data_lake", "get_alert", "get_detection"}
    assert told["tools"]["query_data_lake"]["calls"] == 1
    assert "errors" not in told["tools"]["query_data_lake"]
    get_alert = told["tools"]["get_alert"]
    assert (get_alert["calls"], get_alert["errors"]) == (2, {"not_found": 1, "invalid_input": 1})
    assert get_alert["p50_ms"] <= get_alert["p95_ms"] <= get_alert["max_ms"]
    assert told["upstream"]["StartDataLakeQuery"]["statuses"] == {"200": 1}
    assert told["upstream"]["GetAlert"]["requests"] == 1
    assert told["tools"]["get_detection"]["errors"] == {"not_found": 2}
    assert told["upstream"]["GET /rules/{id}"]["statuses"]["404"] >= 1
    assert MARK not in json.dumps(told)


async def test_requests_without_an_answer_are_counted_by_error(scripted, script):
    script.answers["GetAlert"] = b"{"
    await scripted.refused("get_alert", alert_id="a1")
    script.answers["GetAlert"] = (503, {"message": "no"})
    await scripted.refused("get_alert", alert_id="a1")
    told = await metrics(scripted)
    assert told["upstream"]["GetAlert"]["statuses"] == {"200": 1, "503": 4}
    assert told["upstream"]["GetAlert"]["retries"] == 3
    assert told["tools"]["get_alert"]["errors"].keys() == {"upstream_error", "unavailable"}


async def test_an_error_names_the_request_that_the_log_and_the_audit_log_name(connect, panther, tmp_path, caplog):
    log = tmp_path / "audit.jsonl"
    caplog.set_level("INFO", "panther_mcp.calls")
    async with connect(token=panther.token, instance_url=panther.url, audit="all", audit_log=log) as mcp:
        results = [await mcp.raw("get_alert", alert_id="nope") for _ in range(2)]
        with pytest.raises(MCPError) as caught:
            await mcp.client.read_resource("panther://detections/rules/nope")
    errors = [result.structured_content["error"] for result in results]
    named = [error["request_id"] for error in (*errors, caught.value.error.data)]
    assert len(set(named)) == 3
    assert all(len(name) == 8 and int(name, 16) >= 0 for name in named)
    assert [json.loads(line)["request_id"] for line in log.read_text().splitlines()] == named
    ended = [record.facts for record in caplog.records if record.name == "panther_mcp.calls"]
    assert [facts["outcome"] for facts in ended] == ["not_found"] * 3


async def test_a_success_costs_no_request_id(mcp):
    assert "request_id" not in await mcp("get_permissions")


@pytest.mark.parametrize("template", REST)
def test_each_route_of_the_api_is_named_by_its_template(template):
    path = template.replace("{id}", "an-id.of%20somebody")
    assert rest_operation("get", path) == f"GET {template}"


@pytest.mark.parametrize("path", ["/alerts/secret/events/x/y", "/Rules/AWS.Root", "/", "/rules/%2F..%2Fself"])
def test_what_is_no_word_of_the_api_is_not_named(path):
    words = set(rest_operation("POST", path).split(" ", 1)[1].split("/"))
    assert words <= {"", "alerts", "events", "rules", "{id}"}


def test_percentiles_are_the_bounds_of_buckets_and_never_above_the_longest():
    durations = Durations()
    for milliseconds in (*[3] * 90, *[40] * 8, 700, 800):
        durations.add(milliseconds / 1000)
    assert durations.told() == {"p50_ms": 5, "p95_ms": 50, "max_ms": 800}
    one = Durations()
    one.add(0.6)
    assert one.told() == {"p50_ms": 600, "p95_ms": 600, "max_ms": 600}
    one.add(2 * BOUNDS_MS[-1] / 1000)
    assert one.told()["p95_ms"] == one.told()["max_ms"] == 2 * BOUNDS_MS[-1]


def test_retries_are_counted():
    recorder = Recorder()
    with recorder.request("GetAlert", "post", graphql=True) as record:
        record.status = 200
    recorder.retried("GetAlert")
    assert recorder.told()["upstream"]["GetAlert"]["retries"] == 1

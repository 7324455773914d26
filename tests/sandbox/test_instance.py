"""What is computed: metrics, searches over many tables, AI answers, profiles, flags, correlation tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

METRICS = """
query($i: MetricsInput!) { metrics(input: $i) {
  totalAlerts totalEventsProcessed totalBytesProcessed totalBytesQueried
  alertsPerSeverity { label value breakdown } alertsPerRule { entityId label value }
  eventsProcessedPerLogType { label value breakdown } latencyPerLogType { label value }
  bytesProcessedPerSource { label value } bytesQueriedPerSource { label value }
  bytesIngestedPerSource { label value } } }
"""
SEARCH = "mutation($i: ExecuteIndicatorSearchQueryInput!) { executeIndicatorSearchQuery(input: $i) { id } }"
ACTOR = "mutation($i: ExecuteAlertActorQueryInput!) { executeAlertActorQuery(input: $i) { id } }"
CHILDREN = """
query($id: ID!) { dataLakeQuery(id: $id) { status name children { id status message sql
  results { edges { node } stats { rowCount } } } } }
"""
SPAN = {"fromDate": "2026-11-06T00:00:00Z", "toDate": "2026-11-21T00:00:00Z"}


def test_metrics(panther: Any) -> None:
    found = panther.data(METRICS, i=SPAN | {"intervalInMinutes": 1440})["metrics"]
    counted = panther.rows("SELECT COUNT(*) AS n FROM panther_views.public.all_logs")[0]["n"]
    assert 0 < found["totalEventsProcessed"] <= counted
    assert found["totalEventsProcessed"] == sum(item["value"] for item in found["eventsProcessedPerLogType"])
    every = [a for kind in ("ALERT", "DETECTION_ERROR", "SYSTEM_ERROR") for a in panther.alerts(type=kind)]
    assert found["totalAlerts"] >= len(every) - 1
    severities = {item["label"]: item for item in found["alertsPerSeverity"]}
    assert severities["Rule HIGH"]["value"] == sum(severities["Rule HIGH"]["breakdown"].values())
    assert len(severities["Rule HIGH"]["breakdown"]) == 15
    rules = {item["entityId"]: item["value"] for item in found["alertsPerRule"]}
    assert rules["AWS.S3.BulkObjectRead"] == 1
    assert all(item["value"] > 0 for item in found["latencyPerLogType"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"intervalInMinutes": 7}, "intervalInMinutes must be one of 15, 30, 60, 180, 360, 720, 1440"),
        ({"toDate": "2026-11-01T00:00:00Z"}, "fromDate must be before toDate"),
        ({"fromDate": "yesterday"}, "fromDate: 'yesterday' is not a valid DateTime"),
        ({"fromDate": "0001-01-01T00:00:00Z", "intervalInMinutes": 15}, "more than 10000 intervals"),
    ],
)
def test_bad_metrics(panther: Any, changed: dict[str, Any], said: str) -> None:
    assert said in panther.error(METRICS, i=SPAN | changed)


def _children(panther: Any, search_id: str) -> list[dict[str, Any]]:
    finished = panther.finished_query(search_id)
    assert finished["status"] == "succeeded", finished["message"]
    children = panther.data(CHILDREN, id=search_id)["dataLakeQuery"]["children"]
    assert finished["results"]["stats"]["rowCount"] == sum(c["results"]["stats"]["rowCount"] for c in children)
    return children


def test_an_indicator_search(panther: Any) -> None:
    address = panther.rows(
        "SELECT sourceIPAddress AS ip FROM panther_logs.public.aws_cloudtrail WHERE errorCode IS NULL LIMIT 1"
    )[0]["ip"]
    given = {"indicators": [address], "startTime": SPAN["fromDate"], "endTime": SPAN["toDate"]}
    search_id = panther.data(SEARCH, i=given)["executeIndicatorSearchQuery"]["id"]
    children = _children(panther, search_id)
    rows = [edge["node"] for child in children for edge in child["results"]["edges"]]
    assert rows
    assert all(address in row["p_any_ip_addresses"] for row in rows)
    document = "query($id: ID!) { dataLakeQuery(id: $id, root: true) { id } }"
    assert panther.data(document, id=children[0]["id"])["dataLakeQuery"]["id"] == search_id
    listed = panther.data("{ dataLakeQueries(input: {pageSize: 100}) { edges { node { id } } } }")["dataLakeQueries"]
    ids = {edge["node"]["id"] for edge in listed["edges"]}
    assert search_id in ids
    assert children[0]["id"] not in ids


def test_a_narrow_search(panther: Any) -> None:
    span = {"startTime": SPAN["fromDate"], "endTime": SPAN["toDate"]}
    given = {"indicators": ["it's \\ none"], "indicatorName": "SimpleSearch", "tables": ["aws_cloudtrail"]} | span
    children = _children(panther, panther.data(SEARCH, i=given)["executeIndicatorSearchQuery"]["id"])
    assert [child["results"]["edges"] for child in children] == [[]]
    assert panther.error(SEARCH, i=given | {"tables": ["nope"]}) == "table not found: nope"
    assert "not found" in panther.error(SEARCH, i=given | {"databases": ["nope"]})
    assert "between 1 and" in panther.error(SEARCH, i=given | {"indicators": []})
    nowhere = {"indicators": ["x"], "indicatorName": "p_any_serial_numbers"} | span
    assert _children(panther, panther.data(SEARCH, i=nowhere)["executeIndicatorSearchQuery"]["id"]) == []


def test_an_alert_s_actor(panther: Any) -> None:
    alert = panther.alert_of("AWS.S3.BulkObjectRead")
    search_id = panther.data(ACTOR, i={"alertId": alert["id"], "limit": 5})["executeAlertActorQuery"]["id"]
    children = _children(panther, search_id)
    assert any(child["results"]["edges"] for child in children)
    assert all(len(child["results"]["edges"]) <= 5 for child in children)
    assert panther.error(ACTOR, i={"alertId": "nope"}) == "alert not found: nope"


def test_events_are_summarised(panther: Any) -> None:
    document = "mutation($i: AISummarizeLogEventsInput!) { aiSummarizeLogEvents(input: $i) { streamId } }"
    events = [json.dumps({"p_log_type": "A.B", "p_any_ip_addresses": ["192.0.2.1"]}), "a line"]
    cached = "query($i: AISummarizeLogEventsInput!) { cachedAISummaryData(input: $i) { streamId } }"
    assert "not found" in panther.error(cached, i={"events": events})
    stream = panther.data(document, i={"events": events})["aiSummarizeLogEvents"]["streamId"]
    assert panther.data(cached, i={"events": events})["cachedAISummaryData"]["streamId"] == stream
    read = "query($id: String!) { aiInferenceStream(streamId: $id) { finished responseText } }"
    polls = [panther.data(read, id=stream)["aiInferenceStream"] for _ in range(3)]
    assert "192.0.2.1 (1)" in polls[-1]["responseText"]


def test_flags_and_profiles(panther: Any) -> None:
    flags = panther.data(
        '{ featureFlags(input: {flags: [{flag: "panther-ai"}, {flag: "x", defaultTreatment: true}, {flag: "y"}]}) '
        "{ flags { flag treatment } } }"
    )["featureFlags"]["flags"]
    assert [flag["treatment"] for flag in flags] == [True, True, False]
    profile = panther.data(
        '{ actorProfileInfo(id: "priya.raman@acme.example") { displayNames usernames firstObservedAt } }'
    )["actorProfileInfo"]
    assert profile["displayNames"] == ["Priya Raman"]
    assert profile["firstObservedAt"].startswith("2026-11-")
    assert panther.error('{ actorProfileInfo(id: "nobody") { entityId } }') == "actor not found: nobody"


def test_an_event_is_enriched(panther: Any) -> None:
    document = "query($e: JSON) { generateEnrichedEvent(input: {event: $e}) { enrichedEvent } }"
    event = {"actor": {"email": "priya.raman@acme.example"}, "ip": "192.0.2.41"}
    enriched = panther.data(document, e=event)["generateEnrichedEvent"]["enrichedEvent"]
    assert enriched["p_enrichment"]["employees"]["actor.email"]["name"] == "Priya Raman"
    assert enriched["p_any_ip_addresses"] == ["192.0.2.41"]
    assert "ipinfo_location" in enriched["p_enrichment"]
    assert enriched["p_any_emails"] == ["priya.raman@acme.example"]
    assert panther.error(document, e=[1]) == "event must be a JSON object"


def test_correlation_rules(panther: Any) -> None:
    yaml = """
AnalysisType: correlation_rule
RuleID: C
Detection:
  - Sequence: [{ID: first, RuleID: A}, {ID: second, RuleID: B, MinMatchCount: 2}]
    LookbackWindowMinutes: 30
Tests:
  - Name: in order
    ExpectedResult: true
    RuleOutputs:
      - {ID: first, Matches: {user: {tom: [0]}}}
      - {ID: second, Matches: {user: {tom: [5, 10]}}}
  - Name: too late
    ExpectedResult: true
    RuleOutputs:
      - {ID: first, Matches: {user: {tom: [0]}}}
      - {ID: second, Matches: {user: {tom: [5, 90]}}}
"""
    document = "mutation($y: String!) { testCorrelationRuleYAML(input: {yaml: $y}) { results { name passed error } } }"
    results = panther.data(document, y=yaml)["testCorrelationRuleYAML"]["results"]
    assert [(item["name"], item["passed"]) for item in results] == [("in order", True), ("too late", False)]
    assert "Sequence or a Group" in panther.error(document, y="Detection: []")
    assert "not valid YAML" in panther.error(document, y="a: [")

"""Alerts in GraphQL and REST: filters, pages, events, and that both APIs tell the same."""

from __future__ import annotations

from typing import Any

import pytest

ALERTS = """
query($input: AlertsInput!) {
  alerts(input: $input) { edges { node { id createdAt } } pageInfo { hasNextPage endCursor hasPreviousPage } }
}
"""
ALERT = """
query($id: ID!, $events: AlertEventsInput) {
  alert(id: $id) {
    id title severity status type description runbook reference createdAt firstEventOccurredAt lastReceivedEventAt
    updatedAt assignee { email role { name permissions } } updatedBy { __typename ... on User { email } }
    deliveries { label success statusCode }
    origin {
      __typename
      ... on Detection { id name detectionType: type createdBy { ... on User { email } } }
      ... on SystemError { errorType: type relatedComponent }
    }
    events(input: $events) { edges { node } pageInfo { hasNextPage endCursor } }
  }
}
"""


def test_the_default_is_alerts_newest_first(panther: Any) -> None:
    alerts = panther.alerts()
    assert 40 <= len(alerts) <= 60
    assert [alert["createdAt"] for alert in alerts] == sorted((a["createdAt"] for a in alerts), reverse=True)
    assert {alert["type"] for alert in alerts} == {"RULE", "SCHEDULED_RULE", "POLICY"}
    assert [a["createdAt"] for a in panther.alerts(sortDir="ascending")] == sorted(a["createdAt"] for a in alerts)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"severities": ["CRITICAL"]}, 1),
        ({"severities": ["CRITICAL", "HIGH"]}, 7),
        ({"statuses": ["TRIAGED"]}, 1),
        ({"nameContains": "PUSH fatigue"}, 2),
        ({"logTypes": ["GitHub.Audit"]}, 3),
        ({"resourceTypes": ["AWS.S3.Bucket"]}, 1),
        ({"subtypes": ["SCHEDULED_RULE"]}, 1),
        ({"eventCountMin": 100}, 1),
        ({"eventCountMin": 9, "eventCountMax": 9}, 1),
        ({"type": "DETECTION_ERROR"}, 3),
        ({"type": "SYSTEM_ERROR"}, 2),
        ({"detectionId": "GSuite.Drive.ExternalShare"}, 3),
        ({"createdAtAfter": "2026-11-19T00:00:00Z", "severities": ["HIGH"]}, 0),
    ],
)
def test_filters(panther: Any, wanted: dict[str, Any], count: int) -> None:
    assert len(panther.alerts(**wanted)) == count


def test_alerts_needs_a_detection_or_a_time_range(panther: Any) -> None:
    assert "detectionId" in panther.error(ALERTS, input={"createdAtAfter": "2026-11-01T00:00:00Z"})
    assert panther.data(ALERTS, input={"detectionId": "AWS.S3.BulkObjectRead"})["alerts"]["edges"]
    bad = {"createdAtAfter": "yesterday", "createdAtBefore": "2026-11-01T00:00:00Z"}
    assert "not a valid DateTime" in panther.error(ALERTS, input=bad)


def test_pages(panther: Any) -> None:
    asked: dict[str, Any] = {
        "createdAtAfter": "2026-11-01T00:00:00Z",
        "createdAtBefore": "2026-11-30T00:00:00Z",
        "pageSize": 20,
    }
    seen: list[str] = []
    while True:
        page = panther.data(ALERTS, input=asked)["alerts"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        asked["cursor"] = page["pageInfo"]["endCursor"]
    assert seen == [alert["id"] for alert in panther.alerts()]


def test_one_alert_whole(panther: Any) -> None:
    alert_id = panther.alert_of("Okta.MFA.PushFatigue")["id"]
    alert = panther.data(ALERT, id=alert_id)["alert"]
    assert alert["assignee"]["email"] == alert["updatedBy"]["email"] == "tom.okafor@acme.example"
    assert "RunPantherAI" in alert["assignee"]["role"]["permissions"]
    assert alert["origin"] == {
        "__typename": "Detection",
        "id": "Okta.MFA.PushFatigue",
        "name": "Okta MFA push fatigue",
        "detectionType": "RULE",
        "createdBy": {"email": "ines.duarte@acme.example"},
    }
    assert alert["deliveries"] == [{"label": "Slack #security-alerts", "success": True, "statusCode": 200}]
    assert len(alert["events"]["edges"]) == 9
    assert alert["firstEventOccurredAt"] == "2026-11-18T08:00:00.000Z"


def test_events_in_pages(panther: Any) -> None:
    alert_id = panther.alert_of("AWS.S3.BulkObjectRead")["id"]
    events = panther.data(ALERT, id=alert_id)["alert"]["events"]
    assert len(events["edges"]) == 25
    page = {"pageSize": 250, "cursor": events["pageInfo"]["endCursor"]}
    more = panther.data(ALERT, id=alert_id, events=page)["alert"]["events"]
    assert len(more["edges"]) == 250
    assert more["edges"][0]["node"]["p_row_id"] not in {edge["node"]["p_row_id"] for edge in events["edges"]}


def test_a_system_error_has_its_own_origin(panther: Any) -> None:
    alert_id = panther.alerts(type="SYSTEM_ERROR")[0]["id"]
    origin = panther.data(ALERT, id=alert_id)["alert"]["origin"]
    assert origin == {
        "__typename": "SystemError",
        "errorType": "SOURCE_CLASSIFICATION_FAILURES",
        "relatedComponent": "LOG_SOURCE",
    }


def test_a_missing_alert(panther: Any) -> None:
    body = panther.graphql(ALERT, id="nope")
    assert (body["data"], body["errors"][0]["message"]) == (None, "alert not found: nope")
    response = panther.http.get("/alerts/nope")
    assert (response.status_code, response.json()) == (404, {"message": "alert not found: nope"})


def test_rest_and_graphql_agree(panther: Any) -> None:
    for alert in panther.alerts(pageSize=10):
        graphql = panther.data(ALERT, id=alert["id"])["alert"]
        rest = panther.http.get(f"/alerts/{alert['id']}").json()
        for name in ("id", "title", "severity", "status", "createdAt", "lastReceivedEventAt", "runbook"):
            assert rest[name] == graphql[name]
        events = panther.http.get(f"/alerts/{alert['id']}/events").json()["results"]
        assert events == [edge["node"] for edge in graphql["events"]["edges"]]


def test_an_alert_holds_the_rows_of_the_lake(panther: Any) -> None:
    alert = panther.alert_of("AWS.IAM.AccessKeyForOtherUser")
    events = panther.http.get(f"/alerts/{alert['id']}/events").json()["results"]
    for table in ("panther_logs.public.aws_cloudtrail", "panther_rule_matches.public.aws_cloudtrail"):
        rows = panther.rows(f"SELECT p_row_id FROM {table} WHERE eventName = 'CreateAccessKey'")
        assert rows == [{"p_row_id": event["p_row_id"]} for event in events]
    matches = panther.rows(
        "SELECT * FROM panther_rule_matches.public.aws_cloudtrail WHERE eventName = 'CreateAccessKey'"
    )
    assert matches[0]["p_alert_id"] == alert["id"]
    assert matches[0]["p_alert_severity"] == "HIGH"


def test_rest_lists(panther: Any) -> None:
    page = panther.http.get("/alerts", params={"severity": ["CRITICAL", "HIGH"], "type": "ALERT", "limit": 3}).json()
    assert [alert["severity"] for alert in page["results"]] == ["HIGH", "HIGH", "CRITICAL"]
    assert page["next"]
    assert panther.http.get("/alerts", params={"status": "DONE"}).status_code == 400
    assert panther.http.get("/alerts", params={"limit": "many"}).status_code == 400
    assert panther.http.get("/alerts", params={"created-after": "soon"}).status_code == 400

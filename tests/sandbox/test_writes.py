"""What clients change: comments, status, assignee, detections."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

COMMENT = """
mutation($input: CreateAlertCommentInput!) {
  createAlertComment(input: $input) {
    comment { id body format createdBy { ... on APIToken { name } } entity { ... on Alert { id } } }
  }
}
"""
STATUS = """
mutation($input: UpdateAlertStatusByIdInput!) {
  updateAlertStatusById(input: $input) { alerts { id status updatedAt updatedBy { __typename } } }
}
"""
ASSIGN_EMAIL = """
mutation($input: UpdateAlertsAssigneeByEmailInput!) {
  updateAlertsAssigneeByEmail(input: $input) { alerts { assignee { email } } }
}
"""
ASSIGN_ID = """
mutation($input: UpdateAlertsAssigneeByIdInput!) {
  updateAlertsAssigneeById(input: $input) { alerts { assignee { id } } }
}
"""


def test_comments(writable: Any) -> None:
    alert_id = writable.alert_of("Okta.MFA.PushFatigue")["id"]
    before = writable.http.get("/alert-comments", params={"alert-id": alert_id}).json()["results"]
    assert [comment["createdBy"]["type"] for comment in before] == ["user", "user"]
    comment = writable.data(COMMENT, input={"alertId": alert_id, "body": "**seen**"})["createAlertComment"]["comment"]
    assert comment["createdBy"] == {"name": "sandbox"}
    assert comment["entity"] == {"id": alert_id}
    given = {"alertId": alert_id, "body": "by REST", "format": "HTML"}
    created = writable.http.post("/alert-comments", json=given)
    assert (created.status_code, created.json()["createdBy"]["type"]) == (200, "api-token")
    after = writable.http.get("/alert-comments", params={"alert-id": alert_id}).json()["results"]
    assert [item["body"] for item in after[len(before) :]] == ["**seen**", "by REST"]
    assert writable.http.get(f"/alert-comments/{comment['id']}").json()["body"] == "**seen**"


def test_bad_comments(writable: Any) -> None:
    alert_id = writable.alerts()[0]["id"]
    assert writable.error(COMMENT, input={"alertId": "nope", "body": "x"}) == "alert not found: nope"
    assert writable.error(COMMENT, input={"alertId": alert_id, "body": " "}) == "body must not be empty"
    assert writable.http.post("/alert-comments", json={"alertId": alert_id, "body": ""}).status_code == 400
    bad_format = {"alertId": alert_id, "body": "x", "format": "RTF"}
    assert writable.http.post("/alert-comments", json=bad_format).status_code == 400
    assert writable.http.post("/alert-comments", content=b"{").status_code == 400
    assert writable.http.get("/alert-comments").status_code == 400


def test_status(writable: Any) -> None:
    ids = [alert["id"] for alert in writable.alerts(detectionId="Okta.Login.FailedPassword")[:2]]
    changed = writable.data(STATUS, input={"ids": ids, "status": "CLOSED"})["updateAlertStatusById"]["alerts"]
    assert [(alert["id"], alert["status"], alert["updatedBy"]["__typename"]) for alert in changed] == [
        (alert_id, "CLOSED", "APIToken") for alert_id in ids
    ]
    assert writable.http.patch(f"/alerts/{ids[0]}", json={"status": "TRIAGED"}).status_code == 200
    assert writable.http.get(f"/alerts/{ids[0]}").json()["status"] == "TRIAGED"
    bulk = writable.http.patch("/alerts", json={"ids": ids, "status": "RESOLVED"})
    assert (bulk.status_code, bulk.headers["content-type"]) == (204, "application/json")
    assert {writable.http.get(f"/alerts/{alert_id}").json()["status"] for alert_id in ids} == {"RESOLVED"}


def test_a_change_of_several_alerts_is_all_or_nothing(writable: Any) -> None:
    alert = writable.alerts(statuses=["OPEN"])[0]
    given = {"ids": [alert["id"], "nope"], "status": "CLOSED"}
    assert writable.error(STATUS, input=given) == "alert not found: nope"
    assert writable.http.get(f"/alerts/{alert['id']}").json()["status"] == "OPEN"
    assert writable.http.patch(f"/alerts/{alert['id']}", json={"status": "GONE"}).status_code == 400
    assert writable.http.patch(f"/alerts/{alert['id']}", json={}).status_code == 400


def test_assignees(writable: Any) -> None:
    alert_id = writable.alerts()[0]["id"]
    given: dict[str, Any] = {"ids": [alert_id], "assigneeEmail": "Lena.Fischer@acme.example"}
    assigned = writable.data(ASSIGN_EMAIL, input=given)["updateAlertsAssigneeByEmail"]["alerts"]
    assert assigned == [{"assignee": {"email": "lena.fischer@acme.example"}}]
    found = writable.data('{ userByEmail(email: "lena.fischer@acme.example") { id } }')["userByEmail"]
    assert writable.alerts(assigneeIds=[found["id"]])[0]["id"] == alert_id
    cleared = writable.data(ASSIGN_ID, input={"ids": [alert_id], "assigneeId": None})["updateAlertsAssigneeById"]
    assert cleared["alerts"] == [{"assignee": None}]
    given["assigneeEmail"] = "nobody@acme.example"
    assert writable.error(ASSIGN_EMAIL, input=given) == "user not found: nobody@acme.example"
    assert writable.error(ASSIGN_ID, input={"ids": [alert_id], "assigneeId": "x"}) == "user not found: x"


def test_put_accepts_what_get_gave(writable: Any) -> None:
    for path in ("rules", "scheduled-rules", "simple-rules", "policies"):
        listed = writable.http.get(f"/{path}").json()["results"][0]
        response = writable.http.put(f"/{path}/{listed['id']}", json=listed)
        assert response.status_code == 200, response.text
        changed = response.json()
        unchanged = {name: value for name, value in listed.items() if name != "lastModified"}
        assert {name: changed[name] for name in unchanged} == unchanged


def test_put_replaces_the_whole(writable: Any) -> None:
    given = {"body": "def rule(event): return False", "severity": "INFO"}
    response = writable.http.put("/rules/AWS.S3.BucketEnumeration", json=given)
    assert response.status_code == 200
    rule = writable.http.get("/rules/AWS.S3.BucketEnumeration").json()
    assert (rule["severity"], rule["tests"], rule["logTypes"], rule["enabled"]) == ("INFO", [], [], False)
    assert rule["createdBy"]["type"] == "user"


def test_an_id_with_odd_characters(writable: Any) -> None:
    identifier = "A/B?c#d ../é"
    path = f"/rules/{quote(identifier, safe='')}"
    created = writable.http.put(path, json={"id": identifier, "body": "def rule(event): ...", "severity": "LOW"})
    assert (created.status_code, created.json()["id"]) == (201, identifier)
    assert writable.http.get(path).json()["createdBy"]["type"] == "api-token"
    assert writable.http.delete(path).status_code == 204
    assert writable.http.get(path).json() == {"message": f"rule not found: {identifier}"}
    assert writable.http.delete(path).status_code == 404


def test_bad_detections(writable: Any) -> None:
    url = "/rules/AWS.CloudTrail.StopLogging"
    good = {"body": "def rule(event): ...", "severity": "LOW"}
    assert writable.http.put(url, json={"severity": "LOW"}).json() == {"message": "body is required"}
    assert writable.http.put(url, json=good | {"severity": "URGENT"}).status_code == 400
    assert writable.http.put(url, json=good | {"id": "Other"}).status_code == 400
    assert writable.http.put(url, json=[]).status_code == 400
    assert "not valid Python" in writable.http.put(url, json=good | {"body": "def rule("}).json()["message"]


def test_an_alert_of_a_deleted_rule_keeps_its_id(writable: Any) -> None:
    alert = writable.alert_of("GitHub.Repo.BulkClone")
    assert writable.http.delete("/rules/GitHub.Repo.BulkClone").status_code == 204
    document = "query($id: ID!) { alert(id: $id) { origin { __typename ... on DeletedDetection { id } } } }"
    assert writable.data(document, id=alert["id"])["alert"]["origin"] == {
        "__typename": "DeletedDetection",
        "id": "GitHub.Repo.BulkClone",
    }

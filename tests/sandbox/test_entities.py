"""What else clients make and change: globals, data models, queries, log sources, cloud accounts, schemas."""

from __future__ import annotations

from typing import Any

import pytest

S3 = {
    "awsAccountId": "123456789012",
    "label": "bucket",
    "logProcessingRole": "arn:aws:iam::123456789012:role/r",
    "logStreamType": "Auto",
    "managedBucketNotifications": True,
    "s3Bucket": "b",
    "s3PrefixLogTypes": [{"prefix": "p/", "logTypes": ["AWS.CloudTrail"], "excludedPrefixes": []}],
}
CREATE_S3 = "mutation($i: CreateS3SourceInput!) { createS3Source(input: $i) { logSource { integrationId logTypes } } }"
UPDATE_S3 = "mutation($i: UpdateS3SourceInput!) { updateS3Source(input: $i) { logSource { integrationLabel kmsKey } } }"
DELETE_SOURCE = "mutation($id: ID!) { deleteSource(input: {id: $id}) { id } }"
SCHEMA = (
    "mutation($i: CreateOrUpdateSchemaInput!) { createOrUpdateSchema(input: $i) { schema { name revision spec } } }"
)
SCHEMAS = (
    "query($i: SchemasInput!) { schemas(input: $i) { edges { node { name isManaged isArchived spec revision } } } }"
)
ARCHIVE = """
mutation($n: String!) {
  updateSchemaStatus(input: {name: $n, isArchived: true}) { schema { isArchived } error { code } }
}
"""
ACCOUNT = "mutation($i: CreateCloudAccountInput!) { createCloudAccount(input: $i) { cloudAccount { id label } } }"
DELETE = """
mutation($i: DeleteDetectionsInput!) { deleteDetections(input: $i) { ids savedQueryNames } }
"""
DELETE_QUERIES = """
mutation($i: DeleteSavedQueriesByNameInput!) { deleteSavedQueriesByName(input: $i) { names detectionIDs } }
"""


def test_globals(writable: Any) -> None:
    given = {"id": "my_helper", "body": "X = 1", "description": "d"}
    assert writable.http.post("/globals", json=given).json()["tags"] == []
    assert writable.http.post("/globals", json=given).status_code == 409
    rule = {"id": "Uses.It", "severity": "LOW", "body": "from my_helper import X\ndef rule(e): return X == 1"}
    tests = [{"name": "t", "resource": "{}", "expectedResult": True}]
    assert writable.http.post("/rules", json=rule | {"tests": tests}).status_code == 200
    replaced = writable.http.put("/globals/my_helper", json={"body": "X = 2"})
    assert (replaced.status_code, replaced.json()["data"]["description"]) == (200, "")
    assert writable.http.put("/rules/Uses.It", json=rule | {"tests": tests}).status_code == 400
    assert writable.http.put("/globals/new_one", json={"body": "X = 2"}).status_code == 201
    assert "valid Python" in writable.http.put("/globals/new_one", json={"body": "X ="}).json()["message"]
    assert writable.http.post("/globals", json={"id": "not a name", "body": ""}).status_code == 400
    assert writable.http.delete("/globals/new_one").status_code == 204
    assert writable.http.delete("/globals/new_one").status_code == 404


def test_data_models(writable: Any) -> None:
    given = {"id": "M", "logTypes": ["A.B"], "enabled": True, "mappings": [{"name": "ip", "path": "$.a.ip"}]}
    created = writable.http.post("/data-models", json=given)
    assert created.status_code == 200
    assert writable.http.post("/data-models", json=given).status_code == 409
    assert writable.http.put("/data-models/M", json=created.json()).status_code == 200
    assert writable.http.put("/data-models/N", json={"id": "N"}).status_code == 201
    both = given | {"mappings": [{"name": "ip", "path": "x", "method": "y"}]}
    assert "either a path or a method" in writable.http.put("/data-models/M", json=both).json()["message"]
    assert writable.http.delete("/data-models/M").status_code == 204


@pytest.mark.parametrize(
    ("schedule", "fits"),
    [
        ({"rateMinutes": 60, "timeoutMinutes": 10}, True),
        ({"cron": "0 */6 * * mon-fri", "timeoutMinutes": 10}, True),
        ({"cron": "0 25 * * *"}, False),
        ({"cron": "* * * *"}, False),
        ({"cron": "0 0 * * *", "rateMinutes": 5}, False),
        ({"rateMinutes": -5}, False),
        ({"rateMinutes": 5, "timeoutMinutes": 10}, False),
        ({"timeoutMinutes": 10}, False),
    ],
)
def test_schedules(writable: Any, schedule: dict[str, Any], fits: bool) -> None:
    found = writable.http.get("/queries").json()["results"][0]
    response = writable.http.post(f"/queries/{found['id']}", json=found | {"schedule": schedule})
    assert response.status_code == (200 if fits else 400), response.text
    assert fits or response.json()["message"].startswith("schedule: ")


def test_queries(writable: Any) -> None:
    created = writable.http.post("/queries", json={"name": "Q", "sql": "SELECT 1"})
    assert (created.status_code, "schedule" in created.json()) == (200, False)
    assert writable.http.post("/queries", json={"name": "Q", "sql": "SELECT 1"}).status_code == 409
    assert writable.http.post("/queries", json={"name": "Q2", "sql": " "}).status_code == 400
    path = f"/queries/{created.json()['id']}"
    assert writable.http.post(path, json={"name": "Q3", "sql": "SELECT 2"}).json()["name"] == "Q3"
    assert writable.http.delete(path).status_code == 204
    assert writable.http.get(path).status_code == 404


def test_queries_go_with_the_rules_that_use_them(writable: Any) -> None:
    rule = writable.http.get("/scheduled-rules").json()["results"][0]
    names = rule["scheduledQueries"]
    used = next(q for q in writable.http.get("/queries").json()["results"] if q["name"] in names)
    assert "used by" in writable.http.delete(f"/queries/{used['id']}").json()["message"]
    assert "used by" in writable.error(DELETE_QUERIES, i={"names": names})
    asked = {"names": names, "includeDetections": True, "dryRun": True}
    assert writable.data(DELETE_QUERIES, i=asked)["deleteSavedQueriesByName"] == {
        "names": names,
        "detectionIDs": [rule["id"]],
    }
    asked = {"ids": [rule["id"], "nope"], "includeSavedQueries": True, "dryRun": True}
    told = {"ids": [rule["id"]], "savedQueryNames": names}
    assert writable.data(DELETE, i=asked)["deleteDetections"] == told
    assert writable.http.get(f"/scheduled-rules/{rule['id']}").status_code == 200
    assert writable.data(DELETE, i=asked | {"dryRun": False})["deleteDetections"] == told
    assert writable.http.get(f"/scheduled-rules/{rule['id']}").status_code == 404
    assert writable.http.get(f"/queries/{used['id']}").status_code == 404


def test_http_sources(writable: Any) -> None:
    given = {
        "integrationLabel": "hook",
        "logTypes": ["GitHub.Audit"],
        "logStreamType": "JSON",
        "authMethod": "Bearer",
        "authBearerToken": "s3cret",
    }
    created = writable.http.post("/log-sources/http", json=given)
    assert (created.status_code, created.json()["authBearerToken"]) == (201, "s3cret")
    assert writable.http.post("/log-sources/http", json=given).status_code == 409
    identifier = created.json()["integrationId"]
    shown = writable.data("query($id: ID!) { source(id: $id) { integrationLabel __typename } }", id=identifier)
    assert shown["source"] == {"integrationLabel": "hook", "__typename": "HTTPLogIntegration"}
    lacking = given | {"authMethod": "Basic"}
    response = writable.http.put(f"/log-sources/http/{identifier}", json=lacking)
    assert response.json()["message"] == "authMethod Basic needs authUsername, authPassword"
    none = given | {"authMethod": "None", "integrationLabel": "hook 2"}
    assert writable.http.put(f"/log-sources/http/{identifier}", json=none).json()["integrationLabel"] == "hook 2"
    assert writable.http.delete(f"/log-sources/http/{identifier}").status_code == 204
    assert writable.http.get(f"/log-sources/http/{identifier}").status_code == 404


def test_s3_sources(writable: Any) -> None:
    source = writable.data(CREATE_S3, i=S3)["createS3Source"]["logSource"]
    assert source["logTypes"] == ["AWS.CloudTrail"]
    assert "exists already" in writable.error(CREATE_S3, i=S3)
    assert "12 digits" in writable.error(CREATE_S3, i=S3 | {"awsAccountId": "1", "label": "x"})
    names = ("label", "logProcessingRole", "logStreamType", "managedBucketNotifications", "s3PrefixLogTypes")
    changes = {name: S3[name] for name in names} | {"id": source["integrationId"], "label": "b2", "kmsKey": "k"}
    updated = writable.data(UPDATE_S3, i=changes)["updateS3Source"]["logSource"]
    assert updated == {"integrationLabel": "b2", "kmsKey": "k"}
    assert writable.data(DELETE_SOURCE, id=source["integrationId"])
    assert writable.error(DELETE_SOURCE, id=source["integrationId"]).startswith("log source not found")


def test_cloud_accounts(writable: Any) -> None:
    given = {"awsAccountId": "123456789012", "label": "prod", "awsScanConfig": {"auditRole": "arn:x"}}
    account = writable.data(ACCOUNT, i=given)["createCloudAccount"]["cloudAccount"]
    assert "exists already" in writable.error(ACCOUNT, i=given)
    changes = {"id": account["id"], "label": "prod 2", "awsScanConfig": {"auditRole": "arn:y"}}
    update = "mutation($i: UpdateCloudAccountInput!) { updateCloudAccount(input: $i) { cloudAccount { label } } }"
    assert writable.data(update, i=changes)["updateCloudAccount"]["cloudAccount"]["label"] == "prod 2"
    listed = writable.data(
        "{ cloudAccounts { edges { node { id awsScanConfig { auditRole } createdBy { __typename } } } } }"
    )
    roles = {edge["node"]["id"]: edge["node"]["awsScanConfig"] for edge in listed["cloudAccounts"]["edges"]}
    # The story has one of its own.
    assert (roles[account["id"]], len(roles)) == ({"auditRole": "arn:y"}, 2)
    assert writable.data("mutation($id: ID!) { deleteCloudAccount(input: {id: $id}) { id } }", id=account["id"])
    assert "not found" in writable.error("query($id: ID!) { cloudAccount(id: $id) { id } }", id=account["id"])


def test_schemas(writable: Any) -> None:
    def listed(**wanted: Any) -> list[dict[str, Any]]:
        return [edge["node"] for edge in writable.data(SCHEMAS, i=wanted)["schemas"]["edges"]]

    managed = next(schema for schema in listed(isManaged=True) if schema["name"] == "AWS.CloudTrail")
    assert "name: eventName" in managed["spec"]
    given = {"name": "Custom.Mine", "spec": "fields:\n  - name: a\n    type: string\n"}
    assert writable.data(SCHEMA, i=given)["createOrUpdateSchema"]["schema"]["revision"] == 1
    assert writable.data(SCHEMA, i=given | {"revision": 1})["createOrUpdateSchema"]["schema"]["revision"] == 2
    assert "is at revision 2" in writable.error(SCHEMA, i=given | {"revision": 1})
    assert "managed by Panther" in writable.error(SCHEMA, i=given | {"name": "AWS.CloudTrail"})
    assert "not valid YAML" in writable.error(SCHEMA, i=given | {"spec": "a: ["})
    assert "not a name" in writable.error(SCHEMA, i=given | {"name": "mine"})
    assert writable.data(ARCHIVE, n="Custom.Mine")["updateSchemaStatus"]["schema"] == {"isArchived": True}
    assert writable.data(ARCHIVE, n="AWS.CloudTrail")["updateSchemaStatus"]["error"] == {"code": "InvalidInput"}
    assert writable.data(ARCHIVE, n="nope")["updateSchemaStatus"]["error"] == {"code": "NotFound"}
    assert [schema["name"] for schema in listed(isArchived=True)] == ["Custom.Mine"]
    assert "Custom.Mine" not in [schema["name"] for schema in listed(isInUse=True)]


def test_a_comment_is_edited(writable: Any) -> None:
    alert_id = writable.alerts()[0]["id"]
    given = {"alertId": alert_id, "body": "first", "format": "PLAIN_TEXT"}
    created = writable.http.post("/alert-comments", json=given).json()
    edited = writable.http.post(f"/alert-comments/{created['id']}", json=given | {"body": "second"})
    assert (edited.json()["body"], edited.json()["updatedBy"]["type"]) == ("second", "api-token")
    assert writable.http.get(f"/alert-comments/{created['id']}").json() == edited.json()
    other = writable.alerts()[1]["id"]
    assert writable.http.post(f"/alert-comments/{created['id']}", json=given | {"alertId": other}).status_code == 400


def test_compliance(panther: Any) -> None:
    def ids(status: str) -> list[str]:
        found = panther.http.get("/policies", params={"compliance-status": status}).json()["results"]
        return [policy["id"] for policy in found]

    assert ids("FAIL") == ["AWS.IAM.KeyRotation"]
    assert ids("PASS") == ["AWS.S3.PublicAccessBlock"]
    assert ids("ERROR") == []

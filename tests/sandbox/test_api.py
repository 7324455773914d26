"""The edges of both APIs: tokens, permissions, errors, introspection, and the lists that nothing else tests."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

GUARDED_MUTATIONS = {
    "updateAlertStatusById(input: {ids: [], status: OPEN}) { alerts { id } }",
    'createAlertComment(input: {alertId: "x", body: "x"}) { comment { id } }',
    'aiSummarizeAlert(input: {alertId: "x"}) { streamId }',
}
INTROSPECTION = """
{ __schema { queryType { fields { name args { name } } } mutationType { fields { name } }
  types { name kind possibleTypes { name } } directives { name locations } } }
"""


def test_the_console_tells_where_the_apis_are(panther: Any) -> None:
    page = panther.http.get("/", headers={"X-API-Key": ""})
    assert page.status_code == 200
    config = re.search(r'id="__PANTHER_CONFIG__" type="application/json">(.*?)</script>', page.text)
    assert config
    url = panther.address.instance_url
    assert json.loads(config.group(1)) == {
        "rest": url,
        "WEB_APPLICATION_GRAPHQL_API_ENDPOINT": f"{url}/internal/graphql",
    }


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_bad_token(panther: Any, token: str) -> None:
    for response in (
        panther.http.post("/public/graphql", json={"query": "{ __typename }"}, headers={"X-API-Key": token}),
        panther.http.get("/users", headers={"X-API-Key": token}),
    ):
        assert response.status_code == 401
        assert "API token" in response.json()["message"]


@pytest.mark.parametrize("field", sorted(GUARDED_MUTATIONS))
def test_the_reader_may_not_write(reader: Any, field: str) -> None:
    body = reader.graphql(f"mutation {{ {field} }}")
    assert body["errors"][0]["message"] == "access denied"
    assert body["data"] is None


def test_the_reader_may_not_write_in_rest(reader: Any) -> None:
    for method, path in (
        ("PATCH", "/alerts/x"),
        ("PUT", "/rules/x"),
        ("DELETE", "/policies/x"),
        ("POST", "/alert-comments"),
    ):
        response = reader.http.request(method, path, json={})
        assert (response.status_code, response.json()) == (403, {"error": "forbidden"})


def test_the_reader_may_read(reader: Any) -> None:
    assert reader.alerts()
    assert reader.rows("SELECT 1 AS a") == [{"a": 1}]
    own = reader.http.get("/api-tokens/self").json()
    assert all(name.endswith("Read") for name in own["permissions"])
    assert "value" not in own


def test_tokens_hide_their_values(panther: Any) -> None:
    listed = panther.http.get("/api-tokens")
    assert [token["name"] for token in listed.json()["results"]] == ["sandbox", "sandbox read-only"]
    assert panther.address.api_token not in listed.text


def test_graphql_errors(panther: Any) -> None:
    assert "Cannot query field 'nope'" in panther.error("{ nope }")
    assert "Syntax Error" in panther.error("{ alerts")
    assert "Variable '$id' of required type" in panther.error("query($id: ID!) { alert(id: $id) { id } }")
    for body in (b"{", b"[]", b'{"query": 1}'):
        response = panther.http.post("/public/graphql", content=body)
        assert response.status_code == 400
        assert response.json()["errors"]


def test_introspection(panther: Any) -> None:
    schema = panther.data(INTROSPECTION)["__schema"]
    assert {"alerts", "dataLakeQuery", "metrics"} <= {field["name"] for field in schema["queryType"]["fields"]}
    deprecated = next(item for item in schema["directives"] if item["name"] == "deprecated")
    assert set(deprecated["locations"]) == {
        "FIELD_DEFINITION",
        "ARGUMENT_DEFINITION",
        "INPUT_FIELD_DEFINITION",
        "ENUM_VALUE",
    }


def test_users_and_roles_are_the_same_in_both_apis(panther: Any) -> None:
    users = panther.data("{ users { id email enabled role { id name } } }")["users"]
    listed = panther.http.get("/users", params={"include-deactivated": "true"}).json()["results"]
    assert [{name: user[name] for name in ("id", "email", "enabled", "role")} for user in listed] == users
    assert [user["email"] for user in users if not user["enabled"]] == ["jules.renard@acme.example"]
    assert len(panther.http.get("/users").json()["results"]) == len(users) - 1
    roles = panther.data('{ roles(input: {nameContains: "analyst"}) { id name } }')["roles"]
    assert [role["name"] for role in roles] == ["Analyst", "AnalystReadOnly"]
    assert panther.http.get(f"/roles/{roles[0]['id']}").json()["name"] == "Analyst"
    by_name = panther.data('{ roleByName(name: "Admin") { permissions updatedBy { ... on User { email } } } }')
    assert "UserModify" in by_name["roleByName"]["permissions"]


def test_users_in_pages(panther: Any) -> None:
    first = panther.http.get("/users", params={"limit": 3}).json()
    second = panther.http.get("/users", params={"limit": 3, "cursor": first["next"]}).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (3, 1, None)
    found = panther.http.get("/users", params={"contains": "okafor"}).json()["results"]
    assert [user["givenName"] for user in found] == ["Tom"]
    assert panther.http.get(f"/users/{found[0]['id']}").json()["email"] == "tom.okafor@acme.example"
    assert panther.http.get("/users/nope").status_code == 404
    assert panther.http.get("/users", params={"cursor": "bad"}).status_code == 400


def test_detections_are_filtered(panther: Any) -> None:
    def ids(path: str, **params: Any) -> list[str]:
        return [item["id"] for item in panther.http.get(path, params=params).json()["results"]]

    assert "AWS.S3.BulkObjectRead" in ids("/rules", **{"log-type": "AWS.CloudTrail", "severity": "CRITICAL"})
    assert ids("/rules", **{"name-contains": "push FATIGUE"}) == ["Okta.MFA.PushFatigue"]
    assert ids("/rules", state="disabled") == []
    assert ids("/rules", tag="Exfiltration") == ["AWS.S3.BulkObjectRead"]
    assert ids("/policies", **{"resource-type": "AWS.S3.Bucket"}) == ["AWS.S3.PublicAccessBlock"]
    assert ids("/scheduled-rules", **{"scheduled-query": "AWS access keys by address"})
    assert panther.http.get("/rules", params={"severity": "URGENT"}).status_code == 400


def test_simple_rules_show_their_python_when_asked(panther: Any) -> None:
    url = "/simple-rules/AWS.Console.RootLogin"
    assert "pythonBody" not in panther.http.get(url).json()
    assert "def rule" in panther.http.get(url, params={"include-python": "true"}).json()["pythonBody"]


@pytest.mark.parametrize("path", ["globals", "data-models", "queries"])
def test_other_documents(panther: Any, path: str) -> None:
    listed = panther.http.get(f"/{path}").json()
    assert listed["next"] is None
    assert panther.http.get(f"/{path}/{listed['results'][0]['id']}").json() == listed["results"][0]
    assert panther.http.get(f"/{path}/nope").status_code == 404


def test_sources(panther: Any) -> None:
    document = """
    { sources { edges { node { __typename integrationId integrationLabel isHealthy createdBy { ... on User { email } }
      ... on S3LogIntegration { s3Bucket s3PrefixLogTypes { prefix } } } } pageInfo { hasNextPage } } }
    """
    sources = [edge["node"] for edge in panther.data(document)["sources"]["edges"]]
    assert [source["integrationLabel"] for source in sources if not source["isHealthy"]] == ["GitHub audit webhook"]
    assert len({source["__typename"] for source in sources}) == 4
    one = panther.data("query($id: ID!) { source(id: $id) { integrationLabel } }", id=sources[0]["integrationId"])
    assert one["source"]["integrationLabel"] == sources[0]["integrationLabel"]
    assert panther.error('{ source(id: "nope") { integrationId } }') == "log source not found: nope"


def test_settings(panther: Any) -> None:
    assert re.fullmatch(
        r"\d+\.\d+\.\d+", panther.data("{ generalSettings { pantherVersion } }")["generalSettings"]["pantherVersion"]
    )


def test_the_ai_answer_grows_until_it_is_finished(panther: Any) -> None:
    alert = panther.alert_of("AWS.S3.BulkObjectRead")
    started = panther.data(
        "mutation($input: AISummarizeAlertInput!) { aiSummarizeAlert(input: $input) { streamId } }",
        input={"alertId": alert["id"], "prompt": "what was taken?"},
    )["aiSummarizeAlert"]["streamId"]
    document = "query($id: String!) { aiInferenceStream(streamId: $id) { finished responseText error } }"
    polls = [panther.data(document, id=started)["aiInferenceStream"] for _ in range(3)]
    assert [poll["finished"] for poll in polls] == [False, False, True]
    assert polls[2]["responseText"].startswith(polls[1]["responseText"])
    for fact in (alert["title"], "198.51.100.23", "what was taken?"):
        assert fact in polls[2]["responseText"]
    runs = panther.data(
        "query($alias: String!) { aiInferenceStreamsMetadata(input: {alias: $alias}) { edges { node { streamId } } } }",
        alias=alert["id"],
    )
    assert {"node": {"streamId": started}} in runs["aiInferenceStreamsMetadata"]["edges"]
    assert panther.error(document, id="nope") == "AI inference stream not found: nope"

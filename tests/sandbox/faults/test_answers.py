"""Faults of GraphQL answers: what the schema does not know or forbids, errors beside data, runs that do not end."""

from __future__ import annotations

from typing import Any

import pytest

START = "mutation Start($sql: String!) { run: executeDataLakeQuery(input: {sql: $sql}) { id } }"
POLL = """
query Poll($id: ID!) {
  query: dataLakeQuery(id: $id) { id state: status message startedAt completedAt results { edges { node } } }
}
"""
CANCEL = "mutation($id: ID!) { cancelDataLakeQuery(input: {id: $id}) { id } }"
TRIAGE = "mutation($id: ID!) { aiSummarizeAlert(input: {alertId: $id}) { streamId } }"
STREAM = "query($id: String!) { aiInferenceStream(streamId: $id) { finished error responseText } }"


def start(wire: Any, fault: str | None = None) -> str:
    return wire.graphql(START, {"sql": "SELECT 1 AS a"}, fault=fault).json["data"]["run"]["id"]


def poll(wire: Any, query: str) -> dict[str, Any]:
    return wire.graphql(POLL, {"id": query}).json["data"]["query"]


def finished(wire: Any, query: str) -> dict[str, Any]:
    for _ in range(10_000):
        found = poll(wire, query)
        if found["state"] != "running":
            return found
    raise AssertionError("the query did not end")


def test_errors_beside_partial_data(wire: Any) -> None:
    nodes = wire.nodes()
    assigned = next(index for index, node in enumerate(nodes) if node["assignee"])
    reply = wire.alerts("errors;field=assignee").json
    path = ["alerts", "edges", assigned, "node", "assignee"]
    assert reply["errors"] == [{"message": "internal server error", "path": path}]
    nodes[assigned]["assignee"] = None
    assert [edge["node"] for edge in reply["data"]["alerts"]["edges"]] == nodes


def test_an_error_where_null_is_forbidden_takes_more_away(wire: Any) -> None:
    reply = wire.alerts("errors;field=severity").json
    assert reply["data"] is None
    assert reply["errors"][0]["path"] == ["alerts", "edges", 0, "node", "severity"]


def test_errors_alone(wire: Any) -> None:
    reply = wire.alerts("errors=only")
    assert (reply.status, reply.json["data"], len(reply.json["errors"])) == (200, None, 1)


def test_unknown_enum_values(wire: Any) -> None:
    assert {node["severity"] for node in wire.nodes("enum=URGENT;field=severity")} == {"URGENT"}
    assert "URGENT" not in {node["status"] for node in wire.nodes("enum=URGENT;field=severity")}
    everywhere = wire.nodes("enum")
    assert {node["severity"] for node in everywhere} == {node["status"] for node in everywhere} == {"NOT_YET_KNOWN"}


def test_unknown_members_of_unions(wire: Any) -> None:
    assert {frozenset(node["origin"].items()) for node in wire.nodes("member")} == {
        frozenset({("__typename", "NotYetKnown")})
    }


def test_unknown_implementations_of_interfaces(wire: Any) -> None:
    document = """
    { sources { edges { node { kind: __typename integrationLabel ...Bucket } } } }
    fragment Bucket on S3LogIntegration { s3Bucket }
    """
    known = [edge["node"] for edge in wire.graphql(document).json["data"]["sources"]["edges"]]
    reply = wire.graphql(document, fault="member=FtpLogIntegration").json["data"]["sources"]["edges"]
    assert any("s3Bucket" in node for node in known)
    assert [edge["node"] for edge in reply] == [
        {"kind": "FtpLogIntegration", "integrationLabel": node["integrationLabel"]} for node in known
    ]


def test_nulls_where_the_schema_forbids_them(wire: Any) -> None:
    assert [node["severity"] is None for node in wire.nodes("null;field=severity")] == [True, True, True]
    first, *others = wire.nodes("null")
    assert (first["id"], all(node["id"] for node in others)) == (None, True)
    assert wire.alerts("null;field=pageInfo").json["data"]["alerts"]["pageInfo"] is None


def test_values_of_another_type(wire: Any) -> None:
    assert [node["id"] for node in wire.nodes("mistyped;field=id")] == [["not", "what", "was", "expected"]] * 3
    assert wire.alerts("mistyped").json["data"]["alerts"]["edges"] == "not what was expected"


def test_a_query_that_never_ends_until_it_is_cancelled(wire: Any) -> None:
    query = start(wire, "query=stuck")
    # Queries that run beside it, and end, show that it had the time.
    for _ in range(3):
        assert finished(wire, start(wire))["state"] == "succeeded"
        stuck = poll(wire, query)
        assert (stuck["state"], stuck["completedAt"], stuck["results"]) == ("running", None, None)
    assert wire.graphql(CANCEL, {"id": query}).json["data"]["cancelDataLakeQuery"]["id"] == query
    assert poll(wire, query)["state"] == "cancelled"


def test_the_list_of_queries_tells_the_same(wire: Any) -> None:
    query = start(wire, "query=stuck")
    document = "{ dataLakeQueries(input: {pageSize: 5}) { edges { node { id status } } } }"
    listed = wire.graphql(document).json["data"]["dataLakeQueries"]["edges"]
    assert {"node": {"id": query, "status": "running"}} in listed


def test_a_query_that_fails(wire: Any) -> None:
    failed = poll(wire, start(wire, "query=failed"))
    assert (failed["state"], failed["results"]) == ("failed", None)
    assert failed["message"]
    assert failed["completedAt"] >= failed["startedAt"]


def test_an_ai_run_that_never_finishes_and_one_that_fails(wire: Any) -> None:
    alert = wire.nodes()[0]["id"]

    def streams(fault: str) -> list[dict[str, Any]]:
        started = wire.graphql(TRIAGE, {"id": alert}, fault=fault).json["data"]["aiSummarizeAlert"]["streamId"]
        return [wire.graphql(STREAM, {"id": started}).json["data"]["aiInferenceStream"] for _ in range(5)]

    assert {(stream["finished"], stream["error"]) for stream in streams("ai=stuck")} == {(False, None)}
    assert {(stream["finished"], stream["error"]) for stream in streams("ai=failed")} == {(True, "the AI run failed")}
    assert streams("latency=0")[-1]["finished"] is True


@pytest.mark.parametrize("fault", ["enum;times=1", "member;times=1", "null;field=nope;times=1", "query=stuck;times=1"])
def test_a_fault_that_finds_nothing_to_change_is_kept(wire: Any, fault: str) -> None:
    wire.ask_for(fault)
    reply = wire.graphql("{ generalSettings { pantherVersion } }")
    assert "x-sandbox-fault" not in reply.headers
    assert wire.send("GET", "/sandbox/faults").json["faults"] == [{"fault": fault, "happened": 0, "left": 1}]


def test_a_request_that_does_not_parse_stays_what_it_is(wire: Any) -> None:
    assert "Syntax Error" in wire.graphql("{ alerts", fault="enum").json["errors"][0]["message"]
    assert wire.send("POST", "/public/graphql", [], fault="enum").status == 400


def test_an_older_schema_refuses_what_it_lacks_and_hides_it(wire: Any) -> None:
    reply = wire.alerts("lacks=Alert.assignee;as=422, lacks=Detection")
    assert reply.status == 422
    field, kind = (error["message"] for error in reply.json["errors"])
    assert field.startswith("Cannot query field 'assignee' on type 'Alert'.")
    assert kind.startswith("Unknown type 'Detection'.")
    assert reply.json["data"] is None
    assert reply.headers["x-sandbox-fault"] == "lacks=Alert.assignee;as=422, lacks=Detection"
    introspection = '{ __type(name: "Alert") { fields { name } } }'
    shown = wire.graphql(introspection, fault="lacks=Alert.assignee").json["data"]["__type"]["fields"]
    everything = wire.graphql(introspection).json["data"]["__type"]["fields"]
    assert [field for field in everything if field not in shown] == [{"name": "assignee"}]


def test_an_older_schema_refuses_inputs_that_it_lacks(wire: Any) -> None:
    document = "query List($input: AlertsInput!) { alerts(input: $input) { edges { node { id } } } }"
    faults = "lacks=AlertsInput.pageSize, lacks=Severity.LOW"
    (error,) = wire.graphql(document, {"input": {"pageSize": 1}}, fault=faults).json["errors"]
    assert "Field 'pageSize' is not defined by type 'AlertsInput'." in error["message"]
    (error,) = wire.graphql(document, {"input": {"severities": ["LOW"]}}, fault=faults).json["errors"]
    assert "Value 'LOW' does not exist in 'Severity' enum." in error["message"]


def test_an_older_schema_serves_what_it_has(wire: Any) -> None:
    reply = wire.alerts("lacks=Alert.runbook;times=1")
    assert reply.json == wire.alerts().json
    assert "x-sandbox-fault" not in reply.headers


@pytest.mark.parametrize(
    ("form", "value"),
    [("null", None), ("number", 7), ("text", "NOT_YET_KNOWN"), ("object", {"value": "not yet known"})],
)
def test_rest_values_of_another_form(wire: Any, form: str, value: object) -> None:
    usual = wire.send("GET", "/roles").json["results"]
    reshaped = wire.send("GET", "/roles", fault=f"reshape={form};field=name").json["results"]
    assert reshaped == [{**role, "name": value} for role in usual]


def test_rest_objects_with_less_and_more(wire: Any) -> None:
    usual = wire.send("GET", "/roles").json
    (first, *_) = wire.send("GET", "/roles", fault="reshape=missing;field=name").json["results"]
    assert first == {name: value for name, value in usual["results"][0].items() if name != "name"}
    more = wire.send("GET", "/roles", fault="reshape=extra").json
    assert more["notYetKnown"] == more["results"][0]["notYetKnown"] == {"in": [1, "form"]}
    bare = wire.send("GET", "/roles", fault="reshape=missing").json
    assert {type(value) for role in bare["results"] for value in role.values()} <= {list, dict}

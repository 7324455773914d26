"""A detection's unit tests really run: in a process of their own that can do nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

EVENT = {"a": 1, "user": {"name": "x"}, "items": [{"k": "v"}, {"k": "w"}], "p_log_type": "Okta.SystemLog"}


def _test(*, expected: bool = True, event: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    resource = json.dumps(EVENT if event is None else event)
    return {"name": "t", "resource": resource, "expectedResult": expected, **more}


def _try(panther: Any, body: str, *tests: dict[str, Any], path: str = "rules", **more: Any) -> Any:
    source = "detection" if path == "simple-rules" else "body"
    document = {"id": "Try.It", source: body, "severity": "LOW", "tests": list(tests or [_test()]), **more}
    return panther.http.post(f"/{path}", params={"run-tests-only": "true"}, json=document)


@pytest.mark.parametrize(
    "body",
    [
        "def rule(event): return event.deep_get('user', 'name') == 'x' and event['a'] == 1",
        "def rule(event): return event.deep_walk('items', 'k') == ['v', 'w']",
        "from acme_network import is_office\ndef rule(event): return is_office('192.0.2.1')",
        "def rule(event): return event.udm('actor_user') is None and event.lookup('t', 'k') is None",
        "import re, json, datetime, ipaddress\ndef rule(event): return bool(re.match('x', event.get('user')['name']))",
        "def rule(event): print('x'); return True\ndef title(event): return 'T'\ndef alert_context(e): return e",
    ],
)
def test_passing_rules(reader: Any, panther: Any, body: str) -> None:
    response = _try(panther, body)
    assert (response.status_code, response.content) == (204, b""), response.text
    assert panther.http.get("/rules/Try.It").status_code == 404
    assert _try(reader, body).status_code == 403


def test_a_data_model_names_fields(panther: Any) -> None:
    event = {"p_log_type": "Okta.SystemLog", "actor": {"alternateId": "a@acme.example"}}
    body = "def rule(event): return event.udm('actor_user') == 'a@acme.example'"
    assert _try(panther, body, _test(event=event)).status_code == 204


def test_mocks(panther: Any) -> None:
    body = "def far(): return 0\ndef rule(event): return far() == {'near': 1}"
    mocks = [{"objectName": "far", "returnValue": '{"near": 1}'}]
    assert _try(panther, body, _test(mocks=mocks)).status_code == 204
    assert "nope" in _try(panther, body, _test(mocks=[{"objectName": "nope", "returnValue": ""}])).text


def test_policies(panther: Any) -> None:
    body = "def policy(resource): return resource['a'] == 1"
    assert _try(panther, body, path="policies").status_code == 204
    failing = _try(panther, body, _test(event={"a": 2}), path="policies").json()["testResults"][0]
    assert (failing["passed"], failing["triggerAlert"], failing["errored"]) == (False, True, False)


def test_a_failing_test_is_described(panther: Any) -> None:
    body = "def rule(event): return True\ndef title(event): return f\"hi {event['a']}\"\ndef dedup(event): return 7"
    response = _try(panther, body, _test(), _test(expected=False) | {"name": "other"})
    assert response.status_code == 400
    assert response.json()["message"] == "2 of 2 unit test(s) failed"
    first = response.json()["testResults"][0]
    assert first["functions"]["detection"] == {"output": "true"}
    assert first["functions"]["title"] == {"output": "hi 1"}
    assert first["functions"]["dedup"]["error"] == {
        "code": "TypeError",
        "message": "dedup returned int, expected str",
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def rule(event): return event['nope']", "KeyError"),
        ("def rule(event): return 1", "returned int, expected bool"),
        ("def rule(event): open('/etc/passwd'); return True", "ForbiddenError"),
        ("import socket\ndef rule(event): socket.create_connection(('127.0.0.1', 1)); return True", "ForbiddenError"),
        ("def rule(event):\n import os; os.fork(); return True", "ForbiddenError"),
        ("def rule(event):\n import subprocess; subprocess.run(['true']); return True", "ForbiddenError"),
        ("def rule(event):\n import duckdb; return True", "ModuleNotFoundError"),
        ("def rule(event): return len('a' * 10**10) > 0", "MemoryError"),
        ("def rule(event):\n import os; os._exit(0)", "Killed"),
        ("def rule(event):\n import os; os.write(1, b'[]'); os._exit(0)", "Killed"),
        (
            "def rule(event):\n import os; os.path.realpath = lambda p: os.__file__; open('/etc/passwd')",
            "ForbiddenError",
        ),
        ("import builtins\nbuiltins.type = lambda x: 1\ndef rule(event): open('/etc/passwd')", "Killed"),
        ("def rule(event):\n import os; return bool(os.listdir('/'))", "ForbiddenError"),
        ("def rule(event):\n raise SystemExit", "SystemExit"),
    ],
)
def test_code_that_fails(panther: Any, body: str, said: str) -> None:
    response = _try(panther, body)
    assert response.status_code == 400
    result = response.json()["testResults"][0]
    assert (result["errored"], result["passed"]) == (True, False)
    assert said in json.dumps(result["error"])


def test_an_endless_rule_is_ended(panther: Any) -> None:
    result = _try(panther, "def rule(event):\n while True: pass").json()["testResults"][0]
    assert result["error"]["code"] == "Killed"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def rule(", "body is not valid Python"),
        ("x = 1", "the code has no function rule"),
        ("import nope\ndef rule(event): return True", "No module named 'nope'"),
    ],
)
def test_code_that_cannot_run(panther: Any, body: str, said: str) -> None:
    response = _try(panther, body)
    assert (response.status_code, said in response.json()["message"]) == (400, True), response.text


def test_bad_test_events(panther: Any) -> None:
    body = "def rule(event): return True"
    assert "is not JSON" in _try(panther, body, _test() | {"resource": "{"}).json()["message"]
    assert "two tests" in _try(panther, body, _test(), _test()).json()["message"]


def test_tests_come_first(writable: Any) -> None:
    document = {
        "id": "First.Tests",
        "body": "def rule(event): return False",
        "severity": "LOW",
        "tests": [_test()],
    }
    assert writable.http.post("/rules", json=document).status_code == 400
    assert writable.http.get("/rules/First.Tests").status_code == 404
    stored = writable.http.post("/rules", params={"run-tests-first": "false"}, json=document)
    assert (stored.status_code, stored.json()["threshold"]) == (200, 1)
    again = writable.http.post("/rules", params={"run-tests-first": "false"}, json=document)
    assert (again.status_code, again.json()) == (409, {"message": "rule exists already: First.Tests"})
    elsewhere = document | {"body": "def policy(r): return True", "tests": []}
    assert writable.http.post("/policies", json=elsewhere).status_code == 409
    assert writable.http.put("/policies/First.Tests", json=elsewhere).status_code == 400
    shown = writable.data('{ rulePythonBody(input: "First.Tests") { pythonBody tests { name expectedResult } } }')
    assert shown["rulePythonBody"] == {
        "pythonBody": document["body"],
        "tests": [{"name": "t", "expectedResult": True}],
    }


def test_every_seeded_detection_passes(panther: Any) -> None:
    for path in ("rules", "simple-rules", "scheduled-rules", "policies"):
        for document in panther.http.get(f"/{path}").json()["results"]:
            response = panther.http.put(f"/{path}/{document['id']}", params={"run-tests-only": "true"}, json=document)
            assert response.status_code == 204, response.text


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ("{Key: a, Condition: Equals, Values: [1]}", True),
        ("{Key: a, Condition: DoesNotEqual, Values: [1]}", False),
        ("{Key: a, Condition: IsIn, Values: [1, 2]}", True),
        ("{Key: a, Condition: IsGreaterThan, Values: [0]}", True),
        ("{Key: a, Condition: IsLessThanOrEquals, Values: [0]}", False),
        ("{Key: nope, Condition: IsGreaterThan, Values: [0]}", False),
        ("{Key: nope, Condition: Exists}", False),
        ("{Key: nope, Condition: IsNull}", True),
        ("{KeyPath: user.name, Condition: StartsWith, Values: [x]}", True),
        ("{DeepKey: [user, name], Condition: IContains, Values: [X]}", True),
        ("{Key: ip, Condition: IsIPAddressInCIDR, Values: [10.0.0.0/8]}", True),
        ("{Key: ip, Condition: IsIPAddressPublic}", False),
        ("{Any: [{Key: a, Condition: Equals, Values: [9]}, {Key: a, Condition: Exists}]}", True),
        ("{None: [{Key: a, Condition: Exists}]}", False),
        ("{OnlyOne: [{Key: a, Condition: Exists}, {Key: nope, Condition: Exists}]}", True),
        ("{All: [{Key: a, Condition: Exists}, {Key: nope, Condition: Exists}]}", False),
        ("{Key: items, Condition: AnyElement, Expressions: [{Key: k, Condition: Equals, Values: [w]}]}", True),
        ("{Key: items, Condition: AllElements, Expressions: [{Key: k, Condition: Equals, Values: [w]}]}", False),
        ("{Key: user, Condition: Equals, Values: [{Key: user}]}", True),
    ],
)
def test_conditions_of_simple_rules(panther: Any, condition: str, matches: bool) -> None:
    event = EVENT | {"ip": "10.1.2.3"}
    detection = f"MatchFilters:\n  - {condition}\n"
    response = _try(panther, detection, _test(event=event, expected=matches), path="simple-rules")
    assert response.status_code == 204, response.text


def test_a_simple_rule_whole(writable: Any) -> None:
    document = {
        "id": "Simple.Whole",
        "detection": "- {Key: a, Condition: Exists}",
        "severity": "LOW",
        "alertTitle": "seen {user.name}",
        "groupBy": "- {Key: a}",
        "dynamicSeverities": "- {ChangeTo: HIGH, Conditions: [{Key: a, Condition: Equals, Values: [1]}]}",
        "alertContext": "- {KeyName: who, KeyValue: {KeyPath: user.name}}",
        "tests": [_test(), _test(event={}, expected=False) | {"name": "none"}],
    }
    created = writable.http.post("/simple-rules", json=document)
    assert created.status_code == 200, created.text
    shown = writable.http.get("/simple-rules/Simple.Whole", params={"include-python": "true"}).json()
    for function in ("rule", "title", "dedup", "severity", "alert_context"):
        assert f"def {function}(event)" in shown["pythonBody"]
    echoed = writable.http.put("/simple-rules/Simple.Whole", json=shown)
    assert echoed.status_code == 200


@pytest.mark.parametrize(
    ("detection", "said"),
    [
        ("- [", "not valid YAML"),
        ("- {Key: a, Condition: Nope}", "there is no condition 'Nope'"),
        ("- {Condition: Equals, Values: [1]}", "needs Key"),
        ("- {Key: a, Condition: Equals}", "needs Values"),
        ("- {Key: a, Condition: IsIPAddressInCIDR, Values: [x]}", "not a CIDR block"),
        ("just text", "expected match expressions"),
    ],
)
def test_bad_simple_rules(panther: Any, detection: str, said: str) -> None:
    response = _try(panther, detection, path="simple-rules")
    assert (response.status_code, said in response.json()["message"]) == (400, True), response.text


def test_transpiling(panther: Any) -> None:
    condition = "- {Key: a, Condition: Equals, Values: [1]}"
    document = "mutation($d: [String!]) { transpileSimpleDetectionsToPython(input: {data: $d}) { transpiledPython } }"
    python = panther.data(document, d=[condition])["transpileSimpleDetectionsToPython"]["transpiledPython"]
    assert "event.get('a') == 1" in python[0]
    filters = panther.data(
        "mutation($d: [String!]) { transpileFilters(input: {data: $d}) { transpiledFilters } }", d=[condition]
    )
    assert "def filter(event)" in filters["transpileFilters"]["transpiledFilters"][0]

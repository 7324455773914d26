"""The unit tests of detections: failing ones are a table, odd ones are refused, and none is lost."""

import json

import pytest

from panther_mcp.errors import FailedTests

from .test_detection_writes import ODD, RULE, rule

__all__ = ["rule"]


async def test_a_test_run_never_asks_to_store(script, scripted):
    script.answers = {"GET /rules/r": ODD, "PUT /rules/r": (204, b"")}
    await scripted("test_detection", detection_id="r", body=RULE)
    assert script.asked[-1] == ("PUT /rules/r", {"run-tests-only": "true"})
    script.answers["PUT /rules/r"] = (502, {})
    error = await scripted.refused("test_detection", {"detection_id": "r"})
    # Nothing could have been changed.
    assert (error["code"], error["retryable"]) == ("unavailable", True)


async def test_tests_that_are_odd_in_the_store_are_kept(script, scripted):
    odd = [None, 5, {"expectedResult": True}, {"name": 7}, {"name": "one", "resource": "{}", "more": 1}]
    script.answers = {"GET /rules/r": json.loads(ODD) | {"tests": odd}, "PUT /rules/r": {"id": "r"}}
    new = {"name": "two", "expectedResult": False, "resource": "{}"}
    await scripted("update_detection", detection_id="r", add_tests=[new])
    assert json.loads(script.sent[-1])["tests"] == [*odd, new]
    script.answers["PUT /rules/r"] = (
        400,
        {"message": "no", "testResults": [{"name": "one", "passed": False}, {"functions": None, "error": "why"}, 5]},
    )
    error = await scripted.refused("update_detection", {"detection_id": "r", "add_tests": [new]})
    assert error["details"]["tests"] == [
        {"name": "one", "passed": False, "got": False},
        {"name": "", "passed": False, "error": "why"},
    ]


async def test_failing_tests_are_a_table(mcp, panther, rule):
    before = panther.rest(f"/rules/{rule}")
    body = (
        "def rule(event):\n    return event['a'] == 1\n"
        "def title(event):\n    return f\"seen {event['a']}\"\n"
        "def dedup(event):\n    return event.get('d', 'x')\n"
    )
    tests = [
        {"name": "passes", "expectedResult": True, "resource": {"a": 1}},
        {"name": "expects too much", "expectedResult": True, "resource": {"a": 2}},
        {"name": "expects too little", "expectedResult": False, "resource": {"a": 1}},
        {"name": "raises", "expectedResult": False, "resource": {}},
        {"name": "wrong dedup", "expectedResult": True, "resource": {"a": 1, "d": 7}},
    ]
    rows = [
        {"name": "expects too much", "passed": False, "expected": True, "got": False},
        {
            "name": "expects too little",
            "passed": False,
            "expected": False,
            "got": True,
            "outputs": {"title": "seen 1", "dedup": "x"},
        },
        {"name": "raises", "passed": False, "expected": False, "error": "KeyError: 'a' (line 2)"},
        {
            "name": "wrong dedup",
            "passed": False,
            "expected": True,
            "got": True,
            "outputs": {"title": "seen 1", "dedup": "failed: TypeError: dedup returned int, expected str"},
        },
        {"name": "passes", "passed": True},
    ]
    given = {"detection_id": rule, "body": body, "tests": tests}
    error = await mcp.refused("update_detection", given)
    assert error["message"] == "4 of 5 tests failed; nothing was stored."
    assert error["code"] == FailedTests.code
    assert error["details"] == {"tests": rows}
    assert panther.rest(f"/rules/{rule}") == before
    tried = await mcp("test_detection", given)
    assert (tried["passed"], tried["summary"], tried["tests"]) == (False, "4 of 5 tests failed.", rows)
    assert panther.rest(f"/rules/{rule}") == before
    # Stored all the same, if that is what is wanted.
    stored = await mcp("update_detection", given | {"run_tests": False})
    assert "tests_passed" not in stored
    assert panther.rest(f"/rules/{rule}")["body"] == body


async def test_a_policy_returns_false_for_what_it_alerts_on(mcp):
    given = {"detection_id": "No.Such.Policy", "detection_type": "policies"}
    body = "def policy(resource):\n    return resource.get('a') == 1\n"
    tests = [{"name": "one", "expectedResult": True, "resource": {"a": 2}}]
    tried = await mcp("test_detection", given | {"body": body, "tests": tests})
    assert tried["tests"] == [{"name": "one", "passed": False, "expected": True, "got": False}]


async def test_code_that_never_ends_is_a_failed_test(mcp, panther, rule):
    before = panther.rest(f"/rules/{rule}")
    error = await mcp.refused(
        "update_detection", {"detection_id": rule, "body": "def rule(event):\n    while True: pass\n"}
    )
    (row,) = error["details"]["tests"]
    assert (row["name"], row["passed"], "took too long" in row["error"]) == ("one", False, True)
    assert panther.rest(f"/rules/{rule}") == before


async def test_many_failing_tests_are_cut_and_counted(mcp, rule):
    tests = [{"name": f"{number} {'x' * 200}", "expectedResult": True, "resource": {}} for number in range(300)]
    error = await mcp.refused("update_detection", {"detection_id": rule, "tests": tests})
    shown = error["details"]["tests"]
    assert error["message"].startswith("300 of 300 tests failed")
    assert error["details"]["tests_not_shown"] == 300 - len(shown)
    assert 10 < len(shown) < 60
    tried = await mcp("test_detection", detection_id=rule, tests=tests)
    assert tried["summary"] == f"300 of 300 tests failed. {300 - len(tried['tests'])} rows are left out."


async def test_tests_are_added_or_replaced_by_name(mcp, panther, rule):
    new = [
        {"name": "two", "expectedResult": False, "resource": {}},
        {"name": "one", "expectedResult": False, "resource": {"a": 9}},
    ]
    done = await mcp("update_detection", detection_id=rule, add_tests=new)
    assert done["changed"] == {"tests": {"added": ["two"], "changed": ["one"]}}
    held = panther.rest(f"/rules/{rule}")["tests"]
    assert [(test["name"], test["resource"]) for test in held] == [("one", '{"a": 9}'), ("two", "{}")]


ODD_TESTS = {
    "null": ([None], "tests.0: Input should be a valid dictionary"),
    "empty": ([{}], "tests[0] has no name; tests[0] has no expectedResult"),
    "no event": ([{"name": "x", "expectedResult": True}], "tests[0] has no resource that is a JSON object"),
    "text that is no JSON": ([{"name": "x", "expected": True, "resource": "a: 1"}], "no resource that is a JSON"),
    "a list as event": ([{"name": "x", "expected": True, "resource": "[1]"}], "no resource that is a JSON object"),
    "a deep event": (
        [{"name": "x", "expected": True, "resource": '{"a":' * 9_000 + "1" + "}" * 9_000}],
        "no resource that is a JSON object",
    ),
    "a word as result": ([{"name": "x", "expectedResult": "yes", "resource": {}}], "no expectedResult that is true"),
    "two of a name": (
        [{"name": "x", "expectedResult": True, "resource": {}}, {"name": "x", "expected": True, "event": {}}],
        "tests has two tests named 'x'",
    ),
    "an unknown field": (
        [{"name": "x", "exp": 1, "expected": True, "log": {}}],
        "tests[0] has the unknown field 'exp'",
    ),
    "mocks of a kind": (
        [{"name": "x", "expected": True, "log": {}, "mocks": ["a"]}],
        "tests[0].mocks is no list of {objectName, returnValue}",
    ),
    "a mock of nothing": ([{"name": "x", "expected": True, "log": {}, "mocks": [{}]}], "one without objectName"),
    "a name that is none": ([{"name": " ", "expected": True, "log": {}}], "tests[0] has no name"),
}


@pytest.mark.parametrize(("tests", "said"), ODD_TESTS.values(), ids=ODD_TESTS)
async def test_odd_tests_are_refused_with_what_is_wrong(mcp, tests, said):
    given = {"detection_id": "Never.Made", "body": RULE, "severity": "LOW"}
    for tool, more in (("create_detection", given), ("test_detection", {"detection_id": "x"})):
        error = await mcp.refused(tool, more | {"tests": tests})
        assert (error["code"], said in error["message"]) == ("invalid_input", True), error


async def test_mocks_take_any_value(mcp):
    body = "def far(): return 0\ndef rule(event): return far() == {'near': 1}\n"
    test = {"name": "x", "expected": True, "log": {}, "mocks": [{"ObjectName": "far", "return_value": {"near": 1}}]}
    assert (await mcp("test_detection", detection_id="No.Such", body=body, tests=[test]))["passed"]


async def test_no_tests_is_said(mcp, rule):
    await mcp("update_detection", detection_id=rule, clear=["tests"])
    tried = await mcp("test_detection", detection_id=rule)
    assert tried["summary"] == "It has no tests: it was only checked that its code can be loaded."
    assert "passed" not in tried

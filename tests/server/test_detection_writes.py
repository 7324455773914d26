"""Changing detections: nothing else is lost, failing tests are a table, and what is wrong is said in a helpful way."""

import json

import pytest

from panther_mcp.errors import FailedTests

RULE = "def rule(event):\n    return event.get('a') == 1\n"
# What no model of ours knows, in forms that careless reading would change.
ODD = (
    b'{"id":"r","body":"def rule(event): return True","severity":"LOW","enabled":true,"displayName":"",'
    b'"tests":null,"newField":{"b":[1,1.0,0.1,12345678901234567890123,null,{}],'
    b'"a":"\xe2\x80\xa8 \xf0\x9f\x98\x80 </x> \\u0000"},'
    b'"empty":[],"nothing":null,"tags":["z","a"],"createdBy":{"id":"u","type":"user"},"lastModified":"2026-01-01"}'
)


@pytest.fixture
def rule(panther):
    """A rule of the test's own."""
    body = {"id": "Own.Rule", "body": RULE, "severity": "LOW", "enabled": True, "runbook": "Look.", "threshold": 5}
    tests = [{"name": "one", "expectedResult": True, "resource": '{"a": 1}'}]
    panther.put("/rules/Own.Rule", body | {"tests": tests})
    yield "Own.Rule"
    if panther.has("/rules/Own.Rule"):
        panther.delete("/rules/Own.Rule")


@pytest.mark.parametrize(
    ("tool", "given", "was", "becomes"),
    [
        ("disable_detection", {}, b'"enabled":true', b'"enabled":false'),
        ("update_detection", {"severity": "HIGH"}, b'"severity":"LOW"', b'"severity":"HIGH"'),
        ("update_detection", {"clear": ["tags"]}, b'"tags":["z","a"]', b'"tags":[]'),
    ],
)
async def test_what_is_not_changed_is_sent_back_byte_for_byte(script, scripted, tool, given, was, becomes):
    script.answers = {"GET /rules/r": ODD, "PUT /rules/r": ODD}
    await scripted(tool, {"detection_id": "r", **given})
    assert script.sent[-1] == ODD.replace(was, becomes)
    query = {"run-tests-first": "false" if tool == "disable_detection" else "true"}
    assert script.asked == [("GET /rules/r", {}), ("PUT /rules/r", query)]


async def test_the_python_of_a_simple_rule_is_not_sent_back_beside_changed_yaml(script, scripted):
    held = {"id": "s", "detection": "- {Key: a, Condition: Exists}", "pythonBody": "old", "severity": "LOW"}
    script.answers = {"GET /simple-rules/s": held, "PUT /simple-rules/s": held}
    given = {"detection_id": "s", "detection_type": "simple_rules", "body": "- {Key: b, Condition: Exists}"}
    await scripted("update_detection", given)
    assert json.loads(script.sent[-1]) == {"id": "s", "detection": given["body"], "severity": "LOW"}


async def test_a_test_run_never_asks_to_store(script, scripted):
    script.answers = {"GET /rules/r": ODD, "PUT /rules/r": (204, b"")}
    await scripted("test_detection", detection_id="r", body=RULE)
    assert script.asked[-1] == ("PUT /rules/r", {"run-tests-only": "true"})
    script.answers["PUT /rules/r"] = (502, {})
    error = await scripted.refused("test_detection", {"detection_id": "r"})
    # Nothing could have been changed.
    assert (error["code"], error["retryable"]) == ("unavailable", True)


async def test_what_panther_stores_otherwise_is_told(script, scripted):
    script.answers = {"GET /rules/r": ODD, "PUT /rules/r": json.loads(ODD) | {"severity": "INFO"}}
    done = await scripted("update_detection", detection_id="r", severity="HIGH")
    assert done["warnings"] == ["Panther stored another severity than the given one; read it with get_detection."]


@pytest.mark.parametrize("answer", [b"[]", b'"text"', b"5"])
async def test_a_document_that_is_none_is_an_error(script, scripted, answer):
    script.answers = {"GET /rules/r": answer}
    error = await scripted.refused("disable_detection", {"detection_id": "r"})
    assert error["code"] == "upstream_error"
    assert len(script.asked) == 1


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


CODE = {
    "no Python": ("def rule(event", "is not valid Python", "defines rule(event)"),
    "a missing import": ("import nope\ndef rule(event): return True", "nope", "defines rule(event)"),
    "no function": ("def detect(event): return True", "defines no function rule", "defines rule(event)"),
}


@pytest.mark.parametrize(("body", "said", "hint"), CODE.values(), ids=CODE)
async def test_code_that_cannot_run(mcp, panther, rule, body, said, hint):
    before = panther.rest(f"/rules/{rule}")
    for tool in ("update_detection", "test_detection"):
        error = await mcp.refused(tool, {"detection_id": rule, "body": body})
        assert (error["code"], said in error["message"], hint in error["hint"]) == ("invalid_input", True, True)
    assert panther.rest(f"/rules/{rule}") == before


async def test_code_of_another_kind(mcp):
    given = {"detection_id": "Not.To.Be", "severity": "LOW"}
    yaml = await mcp.refused("create_detection", given | {"detection_type": "simple_rules", "body": RULE})
    assert (yaml["message"], "YAML" in yaml["hint"]) == ("The body is Python, but simple_rules are YAML.", True)
    policy = await mcp.refused("create_detection", given | {"detection_type": "policies", "body": RULE})
    assert (policy["message"], "policy(resource)" in policy["hint"]) == (
        "The body defines no function policy.",
        True,
    )
    whole = "RuleID: x\nDetection:\n  - {Key: a, Condition: Exists}\n"
    file = await mcp.refused("create_detection", given | {"detection_type": "simple_rules", "body": whole})
    assert file["message"] == "The body is a whole rule file: it has RuleID."
    broken = await mcp.refused("create_detection", given | {"detection_type": "simple_rules", "body": "- ["})
    assert "match expressions" in broken["hint"]


FOREIGN = {
    "resource_types of a rule": ("rules", {"resource_types": ["X"]}, "rules have no resource_types."),
    "queries of a policy": (
        "policies",
        {"scheduled_queries": ["X"], "threshold": 2},
        "policies have no scheduled_queries, threshold.",
    ),
    "log types of a scheduled rule": ("scheduled_rules", {"log_types": ["X"]}, "scheduled_rules have no log_types."),
    "a runbook of a policy": ("policies", {"runbook": "x"}, "policies have no runbook."),
    "a title of a rule": ("rules", {"alert_title": "x"}, "rules have no alert_title."),
    "to clear, too": ("policies", {"clear": ["runbook"]}, "policies have no runbook."),
}


@pytest.mark.parametrize(("kind", "fields", "message"), FOREIGN.values(), ids=FOREIGN)
async def test_a_field_that_the_kind_does_not_have(mcp, kind, fields, message):
    error = await mcp.refused("update_detection", {"detection_id": "x", "detection_type": kind, **fields})
    assert (error["code"], error["message"]) == ("invalid_input", message)
    names = fields["clear"] if "clear" in fields else list(fields)
    assert all(f"{name} is for " in error["hint"] for name in names)


NOTHING = {
    "nothing at all": ({}, "Nothing is given that could change."),
    "an unknown one to clear": ({"clear": ["runbok"]}, "A detection has no field 'runbok'."),
    "the code to clear": ({"clear": ["body"]}, "body cannot be empty."),
    "a number to clear": ({"clear": ["threshold"]}, "threshold cannot be empty."),
    "both": ({"clear": ["runbook"], "runbook": "x"}, "runbook is given and to be cleared as well."),
    "tests twice": ({"tests": [], "add_tests": [{"name": "x"}]}, None),
}


@pytest.mark.parametrize(("fields", "message"), NOTHING.values(), ids=NOTHING)
async def test_a_change_that_is_none(mcp, rule, panther, fields, message):
    before = panther.rest(f"/rules/{rule}")
    error = await mcp.refused("update_detection", {"detection_id": rule, **fields})
    assert error["code"] == "invalid_input"
    assert message in (error["message"], None)
    assert panther.rest(f"/rules/{rule}") == before


async def test_fields_are_cleared_and_the_others_stay(mcp, panther, rule):
    before = panther.rest(f"/rules/{rule}")
    done = await mcp("update_detection", detection_id=rule, clear=["runbook", "tests", "tags"])
    assert done["changed"] == {"tests": {"removed": ["one"]}, "runbook": {"before": "Look.", "after": ""}}
    after = panther.rest(f"/rules/{rule}")
    assert after | {"lastModified": 0} == before | {"runbook": "", "tests": [], "lastModified": 0}


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


async def test_a_very_big_body_comes_through(mcp, panther, rule):
    body = RULE + "".join(f"# {number} {'x' * 80}\n" for number in range(9_000))
    done = await mcp("update_detection", detection_id=rule, body=body)
    assert done["changed"]["body"] == {"lines_before": 2, "lines_after": 9_002, "note": "too long for a diff"}
    assert panther.rest(f"/rules/{rule}")["body"] == body
    smaller = RULE + "".join(f"# {number} {'x' * 80}\n" for number in range(4_000))
    panther.put(f"/rules/{rule}", {"id": rule, "body": RULE, "severity": "LOW"})
    done = await mcp("update_detection", detection_id=rule, body=smaller)
    assert done["changed"]["body"]["diff"].endswith("… (cut)")
    too_big = await mcp.refused("update_detection", {"detection_id": rule, "body": f"{RULE}#{'x' * 1_100_000}"})
    assert (too_big["code"], "longer than" in too_big["message"]) == ("invalid_input", True)


async def test_no_tests_is_said(mcp, rule):
    await mcp("update_detection", detection_id=rule, clear=["tests"])
    tried = await mcp("test_detection", detection_id=rule)
    assert tried["summary"] == "It has no tests: it was only checked that its code can be loaded."
    assert "passed" not in tried


async def test_an_id_of_another_kind_is_not_tested_as_new(mcp, rule):
    tests = [{"name": "x", "expected": True, "log": {}}]
    given = {"detection_id": rule, "detection_type": "policies", "tests": tests}
    error = await mcp.refused("test_detection", given | {"body": "def policy(r): return True"})
    assert (error["code"], error["details"]) == ("not_found", {"detection_type": "rules"})


async def test_queries_are_deleted_with_their_scheduled_rules_when_asked(mcp, panther):
    files = {
        "q.yml": "AnalysisType: saved_query\nQueryName: Doomed query\nQuery: SELECT 1\n",
        "r.yml": (
            "AnalysisType: scheduled_rule\nRuleID: Doomed.Rule\nFilename: r.py\nSeverity: Low\n"
            "ScheduledQueries: [Doomed query]\n"
        ),
        "r.py": RULE,
    }
    await mcp("upload_detections", files=files)
    names = [query["name"] for query in panther.all("/queries")]
    assert "Doomed query" in names
    done = await mcp("delete_detections", detection_ids="Doomed.Rule", include_saved_queries=True)
    assert done == {"deleted": ["Doomed.Rule"], "saved_queries_deleted": ["Doomed query"]}
    assert [query["name"] for query in panther.all("/queries")] == [name for name in names if name != "Doomed query"]


@pytest.mark.parametrize("confirmed", [[], None])
async def test_a_deletion_that_panther_does_not_confirm_is_told(script, scripted, confirmed):
    script.answers["DeleteDetections"] = [
        {"data": {"deleteDetections": {"ids": ["a"], "savedQueryNames": None}}},
        {"data": {"deleteDetections": {"ids": confirmed, "savedQueryNames": None}}},
    ]
    done = await scripted("delete_detections", detection_ids=["a", "b"])
    assert done["deleted"] == []
    assert done["warnings"] == ["Panther did not confirm that it deleted a."]
    asked = [variables["input"] for _, variables in script.asked]
    assert [(one["ids"], one["dryRun"]) for one in asked] == [(["a", "b"], True), (["a"], False)]

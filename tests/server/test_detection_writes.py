"""Changing detections: nothing else is lost, failing tests are a table, and what is wrong is said in a helpful way."""

import json

import pytest

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


async def test_an_id_of_another_kind_is_not_tested_as_new(mcp, rule):
    tests = [{"name": "x", "expected": True, "log": {}}]
    given = {"detection_id": rule, "detection_type": "policies", "tests": tests}
    error = await mcp.refused("test_detection", given | {"body": "def policy(r): return True"})
    assert (error["code"], error["details"]) == ("not_found", {"detection_type": "rules"})

"""Checks of the tools that write detections: what the sandbox holds afterwards is what was asked for, and no more."""

from .checks import check

# Where each kind is, what its code looks like, and a field that only it (or nearly) has.
KINDS = {
    "rules": ("/rules", "body", "def rule(event):\n    return event.get('a') == 1\n", {"log_types": ["A.B"]}),
    "simple_rules": (
        "/simple-rules",
        "detection",
        "- {Key: a, Condition: Equals, Values: [1]}\n",
        {"log_types": ["A.B"], "alert_title": "seen {a}"},
    ),
    "scheduled_rules": (
        "/scheduled-rules",
        "body",
        "def rule(event):\n    return event.get('a') == 1\n",
        {"scheduled_queries": ["some query"]},
    ),
    "policies": (
        "/policies",
        "body",
        "def policy(resource):\n    return resource.get('a') == 1\n",
        {"resource_types": ["AWS.S3.Bucket"]},
    ),
}


WIRE = {
    "log_types": "logTypes",
    "alert_title": "alertTitle",
    "scheduled_queries": "scheduledQueries",
    "resource_types": "resourceTypes",
}


TESTS = [
    {"name": "one", "expectedResult": True, "resource": {"a": 1, "text": "ü"}},
    {"Name": "two", "ExpectedResult": "false", "Log": '{"a": 2}'},
]


STAMPS = ("lastModified",)


def document(kind, identifier):
    """A detection with every field that REST gives it, and an odd id."""
    _, code, body, _ = KINDS[kind]
    return {
        "id": identifier,
        code: body,
        "severity": "LOW",
        "enabled": True,
        "displayName": "Kept \u2028 as it is",
        "description": "line 1\nline 2\n",
        "reports": {"MITRE ATT&CK": ["TA0001:T1078"]},
        "outputIDs": ["out-slack"],
        "tags": ["kept"],
        "tests": [{"name": "one", "expectedResult": True, "resource": '{"a":  1}', "mocks": []}],
    }


def without(item, *names):
    return {name: value for name, value in item.items() if name not in (*names, *STAMPS)}


@check("disable_detection")
async def disable(mcp, panther):
    for kind, (path, *_) in KINDS.items():
        # Managed ones are disabled like any other, and stay managed.
        identifier = f"Disable/a/{kind} ?#%2F ü"
        place = f"{path}/Disable%2Fa%2F{kind}%20%3F%23%252F%20%C3%BC"
        # Its test fails: what is broken can be stopped all the same.
        panther.put(f"{place}?run-tests-first=false", document(kind, identifier) | {"managed": True, "tests": FAILING})
        before = panther.rest(place)
        done = await mcp("disable_detection", detection_id=identifier, detection_type=kind)
        assert done["changed"] == {"enabled": {"before": True, "after": False}}
        assert (done["detection_id"], done["detection_type"]) == (identifier, kind)
        assert "managed by Panther" in done["warnings"][0]
        assert without(panther.rest(place)) == without(before) | {"enabled": False}
        written = panther.rest(place)["lastModified"]
        again = await mcp("disable_detection", detection_id=identifier, detection_type=kind)
        assert (again["changed"], again["note"]) == ({}, "It is disabled already; nothing was written.")
        assert panther.rest(place)["lastModified"] == written
        panther.delete(place)
    missing = await mcp.refused("disable_detection", {"detection_id": "AWS.S3.PublicAccessBlock"})
    assert missing["code"] == "not_found"
    assert missing["hint"] == "It is one of policies: call again with detection_type policies."


FAILING = [{"name": "fails", "expectedResult": True, "resource": "{}"}]


@check("enable_detection")
async def enable(mcp, panther):
    for kind, (path, *_) in KINDS.items():
        place = f"{path}/Enable.It"
        panther.put(place, document(kind, "Enable.It") | {"enabled": False})
        before = panther.rest(place)
        done = await mcp("enable_detection", detection_id="Enable.It", detection_type=kind)
        assert done["changed"] == {"enabled": {"before": False, "after": True}}
        assert done["tests_passed"] == 1
        assert without(panther.rest(place)) == without(before) | {"enabled": True}
        again = await mcp("enable_detection", detection_id="Enable.It", detection_type=kind)
        assert (again["changed"], again["note"]) == ({}, "It is enabled already; nothing was written.")
        # One whose tests fail is not let loose, unless that is what is wanted.
        broken = document(kind, "Enable.It") | {"enabled": False, "tests": FAILING}
        panther.put(f"{place}?run-tests-first=false", broken)
        refused = await mcp.refused("enable_detection", {"detection_id": "Enable.It", "detection_type": kind})
        assert refused["code"] == "tests_failed"
        assert panther.rest(place)["enabled"] is False
        asked = {"detection_id": "Enable.It", "detection_type": kind, "run_tests": False}
        assert "tests_passed" not in await mcp("enable_detection", asked)
        assert panther.rest(place)["enabled"] is True
        panther.delete(place)


@check("create_detection")
async def create(mcp, panther):
    for kind, (path, code, body, own) in KINDS.items():
        given = {"detection_id": "Made.Here", "detection_type": kind, "body": body, "severity": "HIGH"}
        more = {"display_name": "Made", "tags": "one", "output_ids": ["out-slack"], "reports": {"X": ["y"]}}
        made = await mcp("create_detection", given | more | own | {"tests": TESTS})
        assert made == {
            "detection_id": "Made.Here",
            "detection_type": kind,
            "enabled": False,
            "severity": "HIGH",
            "tests_passed": 2,
        }
        held = panther.rest(f"{path}/Made.Here")
        assert (held[code], held["severity"], held["enabled"]) == (body, "HIGH", False)
        assert all(held[WIRE[param]] == value for param, value in own.items())
        assert (held["displayName"], held["tags"], held["reports"]) == ("Made", ["one"], {"X": ["y"]})
        assert held["tests"] == [
            {"name": "one", "expectedResult": True, "resource": '{"a": 1, "text": "ü"}'},
            {"name": "two", "expectedResult": False, "resource": '{"a": 2}'},
        ]
        # The id is taken, for every kind.
        for other in KINDS:
            taken = await mcp.refused("create_detection", given | {"detection_type": other, "body": KINDS[other][2]})
            assert (taken["code"], "update_detection" in taken["hint"]) == ("conflict", True)
        panther.delete(f"{path}/Made.Here")
        failed = await mcp.refused("create_detection", given | {"tests": [TESTS[0] | {"resource": {"a": 3}}]})
        assert failed["code"] == "tests_failed"
        assert not panther.has(f"{path}/Made.Here")
        untested = await mcp("create_detection", given | {"enabled": True})
        assert "no unit tests" in untested["warnings"][-1]
        read = {"scheduled_rules": "scheduled_queries", "policies": None}.get(kind, "log_types")
        assert untested["warnings"][:-1] == (
            [f"It has no {read}, so it never runs: update_detection gives it some."] if read else []
        )
        assert panther.rest(f"{path}/Made.Here")["enabled"] is True
        panther.delete(f"{path}/Made.Here")


@check("update_detection")
async def update(mcp, panther):
    for kind, (path, code, body, own) in KINDS.items():
        place = f"{path}/Change.It"
        panther.put(place, document(kind, "Change.It"))
        before = panther.rest(place)
        given = {"detection_id": "Change.It", "detection_type": kind}
        new_body = body.replace("1", "4")
        changes = {"severity": "CRITICAL", "body": new_body, "tests": [TESTS[0] | {"resource": {"a": 4}}], "tags": []}
        done = await mcp("update_detection", given | changes | own)
        after = without(before) | {code: new_body, "severity": "CRITICAL", "tags": []}
        after |= {WIRE[param]: value for param, value in own.items()}
        after["tests"] = [{"name": "one", "expectedResult": True, "resource": '{"a": 4}'}]
        assert without(panther.rest(place)) == after
        assert done["changed"].keys() == {code, "severity", "tags", "tests", *(WIRE[param] for param in own)}
        assert done["changed"]["severity"] == {"before": "LOW", "after": "CRITICAL"}
        assert done["changed"]["tags"] == {"before": ["kept"], "after": []}
        assert done["changed"]["tests"] == {"changed": ["one"]}
        lines = done["changed"][code]["diff"].splitlines()
        assert f"-{body.splitlines()[-1]}" in lines
        assert f"+{new_body.splitlines()[-1]}" in lines
        assert done["tests_passed"] == 1
        written = panther.rest(place)["lastModified"]
        again = await mcp("update_detection", given | changes | own)
        assert (again["changed"], "nothing was written" in again["note"]) == ({}, True)
        assert panther.rest(place)["lastModified"] == written
        panther.delete(place)
        missing = await mcp.refused("update_detection", given | {"severity": "LOW"})
        assert missing["code"] == "not_found"
        assert not panther.has(place)


@check("test_detection")
async def tests(mcp, panther):
    for kind, (path, _, body, _) in KINDS.items():
        place = f"{path}/Try.It"
        panther.put(place, document(kind, "Try.It"))
        before = panther.rest(place)
        given = {"detection_id": "Try.It", "detection_type": kind}
        passing = await mcp("test_detection", given)
        assert passing == {
            **given,
            "stored": True,
            "passed": True,
            "summary": "1 of 1 tests passed.",
            "tests": [{"name": "one", "passed": True}],
        }
        changed = await mcp("test_detection", given | {"body": body.replace("1", "7")})
        assert (changed["passed"], changed["summary"]) == (False, "1 of 1 tests failed.")
        assert changed["tests"] == [{"name": "one", "passed": False, "expected": True, "got": False}]
        other = await mcp("test_detection", given | {"tests": [*TESTS, {**TESTS[0], "name": "odd", "resource": {}}]})
        assert [(row["name"], row["passed"]) for row in other["tests"]] == [
            ("odd", False),
            ("one", True),
            ("two", True),
        ]
        assert panther.rest(place) == before
        panther.delete(place)
        # One that is not stored needs all of it.
        new = await mcp("test_detection", given | {"body": body, "tests": TESTS})
        assert (new["stored"], new["passed"], len(new["tests"])) == (False, True, 2)
        assert "is not stored" in new["warnings"][0]
        for part in ({}, {"body": body}, {"tests": TESTS}):
            refused = await mcp.refused("test_detection", given | part)
            assert (refused["code"], "give body and tests" in refused["hint"]) == ("not_found", True)
        assert not panther.has(place)


@check("delete_detections")
async def delete(mcp, panther):
    places = []
    for kind, (path, *_) in KINDS.items():
        panther.put(f"{path}/Delete.{kind}", document(kind, f"Delete.{kind}"))
        places.append(f"{path}/Delete.{kind}")
    kept = panther.all("/rules")
    ids = [f"Delete.{kind}" for kind in KINDS]
    done = await mcp("delete_detections", detection_ids=[*ids, "No.Such.One", ids[0]])
    assert done == {"deleted": ids, "not_found": ["No.Such.One"]}
    assert not any(map(panther.has, places))
    assert panther.all("/rules") == [rule for rule in kept if rule["id"] != ids[0]]
    nothing = await mcp.refused("delete_detections", {"detection_ids": ids})
    assert nothing["code"] == "not_found"
    many = await mcp.refused("delete_detections", {"detection_ids": [f"x{number}" for number in range(51)]})
    assert "at most 50" in many["message"]

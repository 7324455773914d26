"""Answers of Panther that are partial, late, odd or failures, from the wire to the result that a client sees."""

import logging

import pytest

ALERT = {"id": "a1", "title": "t", "severity": "HIGH"}
SQL = {"sql": "SELECT 1", "timeout": 1}
STARTED = {"data": {"executeDataLakeQuery": {"id": "q1"}}}
CANCELLED = {"data": {"cancelDataLakeQuery": {"id": "q1"}}}
REFUSED = {"errors": [{"message": "access denied"}], "data": None}
RUNNING = {"data": {"dataLakeQuery": {"id": "q1", "status": "running", "message": ""}}}


def errors(*messages: str, data: object = None) -> dict[str, object]:
    return {"errors": [{"message": message} for message in messages], "data": data}


async def test_what_came_beside_errors_is_kept_and_the_errors_are_told(script, scripted):
    script.answers["GetAlert"] = errors("runbook: no such file\n\x00", data={"alert": ALERT})
    assert await scripted("get_alert", alert_id="a1") == {
        **ALERT,
        "warnings": ["Panther answered only in part: runbook: no such file"],
    }


async def test_the_warnings_of_one_call_are_not_told_to_the_next(script, scripted):
    script.answers["GetAlert"] = [errors("in part", data={"alert": ALERT}), {"data": {"alert": ALERT}}]
    await scripted("get_alert", alert_id="a1")
    assert await scripted("get_alert", alert_id="a1") == ALERT


async def test_nothing_is_not_found(script, scripted):
    script.answers["GetAlert"] = {"data": {"alert": None}}
    error = await scripted.refused("get_alert", alert_id="a1")
    assert (error["code"], bool(error["hint"])) == ("not_found", True)


async def test_a_value_of_another_form_costs_only_itself(script, scripted, caplog):
    script.answers["GET /users"] = {"results": [{"id": "u", "email": 5, "role": "s3cret-role"}, {"id": ["s3cret"]}]}
    found = await scripted("list_users")
    assert found["users"] == [{"id": "u", "email": "5"}, {}]
    assert found["warnings"] == [
        "Panther's answer has another form than expected at results[].role, results[].id: left out."
    ]
    assert "s3cret" not in caplog.text + str(found)


async def test_an_answer_of_which_nothing_fits_is_an_upstream_error_without_its_values(script, scripted, caplog):
    script.answers["GET /users"] = ["s3cret"]
    error = await scripted.refused("list_users")
    assert error == {
        "code": "upstream_error",
        "message": "Panther's answer does not have the form that list_users expects.",
        "hint": "This server may be older than Panther's API; check for an update.",
    }
    assert "s3cret" not in caplog.text


async def test_half_an_answer_is_told_as_that(script, scripted):
    script.answers["GET /users"] = b'{"results": [{"id": "u"}'
    error = await scripted.refused("list_users")
    assert error["message"] == "Panther's answer cannot be read: it is no JSON, or only a part of it."
    assert (error["code"], error["retryable"]) == ("upstream_error", True)


FAILURES = {
    "unknown permission": ((403, {"error": "forbidden"}), "permission_denied", "list_users needs UserRead."),
    "throttled": ((429, {"message": "slow down"}), "rate_limited", "slow down"),
    "server error": ((503, {"message": "maintenance"}), "unavailable", "maintenance"),
    "nonsense": ("text", "upstream_error", "users"),
    "bad request": ((400, {"message": "limit is odd\u202e"}), "invalid_input", "limit is odd"),
}


@pytest.mark.parametrize(("answer", "code", "part"), FAILURES.values(), ids=FAILURES)
async def test_failures_over_rest(script, scripted, answer, code, part):
    script.answers["GET /users"] = answer
    error = await scripted.refused("list_users")
    assert (error["code"], part in error["message"], "\u202e" in error["message"]) == (code, True, False)


async def test_a_start_without_an_id_is_an_upstream_error(script, scripted):
    for answer in ({"executeDataLakeQuery": None}, {"executeDataLakeQuery": {"id": None}}):
        script.answers["StartDataLakeQuery"] = {"data": answer}
        error = await scripted.refused("query_data_lake", SQL)
        assert (error["code"], error["retryable"]) == ("upstream_error", True)


GIVEN_UP = {
    "throttled": ((429, {"message": "slow down"}), "rate_limited"),
    "unavailable": ((503, {"message": "maintenance"}), "unavailable"),
    "too slow": ((504, {}), "timeout"),
    "a state of tomorrow": ({"data": {"dataLakeQuery": {"status": "queued"}}}, "timeout"),
    "rows that do not come": ({"data": {"dataLakeQuery": {"status": "succeeded", "results": None}}}, "timeout"),
}


@pytest.mark.parametrize(("answer", "code"), GIVEN_UP.values(), ids=GIVEN_UP)
async def test_a_query_that_is_given_up_is_cancelled(script, scripted, answer, code):
    script.answers |= {"StartDataLakeQuery": STARTED, "GetDataLakeQuery": answer, "CancelDataLakeQuery": CANCELLED}
    assert (await scripted.refused("query_data_lake", SQL))["code"] == code
    assert script.asked[-1] == ("CancelDataLakeQuery", {"input": {"id": "q1"}})


@pytest.mark.parametrize("answer", [(500, {}), REFUSED], ids=["500", "refused"])
async def test_a_cancellation_that_fails_does_not_hide_why(script, scripted, caplog, answer):
    script.answers |= {"StartDataLakeQuery": STARTED, "GetDataLakeQuery": (503, {}), "CancelDataLakeQuery": answer}
    assert (await scripted.refused("query_data_lake", SQL))["code"] == "unavailable"
    assert "query q1 could not be cancelled" in caplog.text


async def test_a_slow_query_is_asked_for_less_and_less_often(script, scripted):
    script.answers |= {"StartDataLakeQuery": STARTED, "GetDataLakeQuery": RUNNING, "CancelDataLakeQuery": CANCELLED}
    assert (await scripted.refused("query_data_lake", SQL))["code"] == "timeout"
    # Without a pause, or with an equal one, it would be asked dozens of times.
    assert 4 <= script.times("GetDataLakeQuery") <= 14


LIST = {"results": [{"id": "x", "enabled": True}], "next": None}


async def test_a_kind_that_may_not_be_read_is_told_beside_the_others(script, scripted):
    script.answers |= {"GET /rules": LIST, "GET /policies": (403, {"error": "forbidden"})}
    found = await scripted("list_detections", detection_types=["policies", "rules"])
    assert [item["id"] for item in found["detections"]] == ["x"]
    assert found["warnings"] == ["policies could not be read: Panther refused: forbidden"]


async def test_no_kind_that_may_be_read_is_permission_denied(script, scripted):
    script.answers |= dict.fromkeys(("GET /rules", "GET /policies"), (403, {"error": "forbidden"}))
    error = await scripted.refused("list_detections", detection_types=["policies", "rules"])
    assert (error["code"], error["details"]) == (
        "permission_denied",
        {"missing_permissions": ["RuleRead", "PolicyRead"]},
    )
    assert error["message"].endswith("list_detections needs RuleRead or PolicyRead.")


async def test_a_denied_kind_on_a_later_page_is_told_too(script, scripted):
    script.answers |= {"GET /rules": LIST, "GET /policies": (403, {"error": "forbidden"})}
    both = {"detection_types": ["rules", "policies"], "limit": 1}
    first = await scripted("list_detections", both)
    assert await scripted("list_detections", both | {"cursor": first["next_cursor"]}) == {
        "detections": [],
        "note": "No detections: only what matches detection_types counts; what the token may not see is left out.",
        "warnings": ["policies could not be read: Panther refused: forbidden"],
    }


READ = {
    "found and denied": ({"id": "x"}, (403, {}), {"detections": ["rules"], "warnings": 1}),
    "found and missing": ({"id": "x"}, (404, {}), {"detections": ["rules"], "not_found_in": ["policies"]}),
    "missing and denied": ((404, {}), (403, {}), "permission_denied"),
    "missing twice": ((404, {}), (404, {}), "not_found"),
    "denied twice": ((403, {}), (403, {}), "permission_denied"),
    "found and failing": ({"id": "x"}, (503, {}), {"detections": ["rules"], "warnings": 1}),
}


@pytest.mark.parametrize(("rule", "policy", "expected"), READ.values(), ids=READ)
async def test_a_detection_is_read_from_every_kind_that_may_be_read(script, scripted, rule, policy, expected):
    script.answers |= {"GET /rules/x": rule, "GET /policies/x": policy}
    asked = {"detection_id": "x", "detection_type": ["rules", "policies"]}
    if isinstance(expected, str):
        assert (await scripted.refused("get_detection", asked))["code"] == expected
        return
    found = await scripted("get_detection", asked)
    found["detections"] = [one["type"] for one in found["detections"]]
    if "warnings" in found:
        found["warnings"] = len(found["warnings"])
    assert found == expected


async def test_a_filter_that_matches_nothing_stops_after_some_pages_with_a_cursor(script, scripted):
    script.answers["GET /rules"] = {**LIST, "next": "again"}
    found = await scripted("list_detections", output_ids=["none"], limit=1)
    assert found["detections"] == []
    assert script.times("GET /rules") == 20
    script.answers["GET /rules"] = LIST
    assert await scripted("list_detections", output_ids=["none"], cursor=found["next_cursor"]) == {
        "detections": [],
        "note": "No detections: only what matches output_ids counts; what the token may not see is left out.",
    }
    assert script.asked[-1][1]["cursor"] == "again"


async def test_a_run_of_panther_ai_that_fails_gives_its_reason(script, scripted):
    script.answers["StartAlertTriage"] = {"data": {"aiSummarizeAlert": {"streamId": "s1"}}}
    state = {"streamId": "s1", "finished": True, "error": "model\nis ill", "responseText": ""}
    script.answers["GetAIStream"] = {"data": {"aiInferenceStream": state}}
    error = await scripted.refused("start_ai_alert_triage", alert_id="a1")
    assert (error["code"], error["message"]) == ("upstream_error", "The run s1 failed: model is ill")
    assert error["retryable"]


async def test_a_run_that_does_not_end_is_a_timeout_that_names_it(script, scripted):
    script.answers["StartAlertTriage"] = {"data": {"aiSummarizeAlert": {"streamId": "s1"}}}
    script.answers["GetAIStream"] = {"data": {"aiInferenceStream": {"streamId": "s1", "finished": False}}}
    error = await scripted.refused("start_ai_alert_triage", alert_id="a1", timeout_seconds=1)
    assert (error["code"], error["message"]) == ("timeout", "The run s1 did not finish within 1 s.")
    assert "goes on in Panther" in error["hint"]


async def test_a_run_without_an_id_is_an_upstream_error(script, scripted):
    for answer in ({"aiSummarizeAlert": None}, {"aiSummarizeAlert": {"streamId": None}}):
        script.answers["StartAlertTriage"] = {"data": answer}
        assert (await scripted.refused("start_ai_alert_triage", alert_id="a1"))["code"] == "upstream_error"


async def test_nothing_of_an_argument_or_an_answer_is_logged(script, scripted, caplog):
    caplog.set_level(logging.INFO)
    script.answers["AddAlertComment"] = errors("s3cret answer")
    await scripted.refused("add_alert_comment", alert_id="a1", comment="s3cret comment")
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("panther")]
    assert not [text for text in ours if "s3cret" in text]

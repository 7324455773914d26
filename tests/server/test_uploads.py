"""Uploads that take long, fail in odd ways or meet another one: what a Panther on its own terms answers."""

import json

import pytest

FILES = {"g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py", "g.py": "X = 1"}
STARTED = {"data": {"uploadDetectionEntitiesAsync": {"receiptId": "r1"}}}


def state(**fields):
    return {"data": {"detectionEntitiesUploadStatus": {"status": "NOT_PROCESSED", **fields}}}


COUNTS = {"new": 1, "modified": 0, "deleted": 0, "total": 1, "newIds": ["g"], "modifiedIds": []}
DONE = state(status="COMPLETED", result={"globalHelpers": COUNTS, "rules": None})


def tried(script):
    """Which uploads were dry runs, in order."""
    return [given["input"]["dryRun"] for name, given in script.asked if name == "UploadDetectionEntities"]


async def test_it_tries_the_bundle_and_then_waits_until_panther_is_done(script, scripted):
    states = [state(), DONE, state(), state(), DONE]
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": states}
    assert await scripted("upload_detections", files=FILES) == {
        "receipt_id": "r1",
        "status": "COMPLETED",
        "counts": {"globalHelpers": {"new": 1, "total": 1, "newIds": ["g"]}},
    }
    assert script.times("GetDetectionUpload") == 5
    assert tried(script) == [True, False]


async def test_one_that_takes_too_long_leaves_its_receipt(script, scripted):
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": [DONE, state()]}
    found = await scripted("upload_detections", files=FILES, timeout=1)
    assert (found["receipt_id"], found["status"]) == ("r1", "NOT_PROCESSED")
    assert "get_detection_upload" in found["note"]
    assert tried(script) == [True, False]
    assert await scripted("get_detection_upload", receipt_id="r1") == {"receipt_id": "r1", "status": "NOT_PROCESSED"}


async def test_one_that_cannot_be_tried_in_time_is_not_made(script, scripted):
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": state()}
    error = await scripted.refused("upload_detections", {"files": FILES, "timeout": 1})
    assert (error["code"], "Nothing was stored" in error["message"]) == ("timeout", True)
    assert tried(script) == [True]


ERRORS = {
    "files": (
        json.dumps({"issues": [{"path": "a.yml", "errorMessage": "bad"}, None, {}], "error": ""}),
        {
            "error": "Files with errors: 2.",
            "issues": [{"path": "a.yml", "message": "bad"}, {"path": "", "message": ""}],
        },
    ),
    "files and more": (
        json.dumps({"issues": [{"path": "a.yml", "errorMessage": "bad"}], "error": "quota"}),
        {"error": "quota", "issues": [{"path": "a.yml", "message": "bad"}]},
    ),
    "plain text": ("everything is wrong", {"error": "everything is wrong"}),
    "other JSON": ("[1]", {"error": "[1]"}),
    "no files": ('{"issues": 5, "error": "x"}', {"error": "x"}),
}


@pytest.mark.parametrize(("text", "told"), ERRORS.values(), ids=ERRORS)
async def test_what_is_wrong_is_told_in_whatever_form_it_comes(script, scripted, text, told):
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": state(status="FAILED", error=text)}
    expected = {"receipt_id": "r1", "status": "FAILED", **told}
    assert await scripted("get_detection_upload", receipt_id="r1") == expected
    error = await scripted.refused("upload_detections", {"files": FILES})
    assert error["message"] == f"Panther refused the bundle, and stored nothing: {told['error']}"
    assert error["details"].get("issues", []) == told.get("issues", [])


async def test_another_upload_is_waited_for(script, scripted):
    script.answers["UploadDetectionEntities"] = {"errors": [{"message": "another upload is in process"}]}
    error = await scripted.refused("upload_detections", {"files": FILES})
    assert (error["code"], error["retryable"]) == ("conflict", True)


async def test_a_receipt_that_is_none(script, scripted):
    script.answers["UploadDetectionEntities"] = {"data": {"uploadDetectionEntitiesAsync": {"receiptId": None}}}
    assert (await scripted.refused("upload_detections", {"files": FILES}))["code"] == "upstream_error"
    script.answers["GetDetectionUpload"] = {"data": {"detectionEntitiesUploadStatus": None}}
    error = await scripted.refused("get_detection_upload", {"receipt_id": "r1"})
    assert (error["code"], "'r1'" in error["message"]) == ("not_found", True)


async def test_files_may_come_as_json_text(script, scripted):
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": state(status="COMPLETED")}
    found = await scripted("upload_detections", files=json.dumps(FILES))
    assert found == {"status": "COMPLETED", "note": "Panther has all of it already: nothing was stored."}
    assert tried(script) == [True]

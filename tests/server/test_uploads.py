"""Uploads that take long, fail in odd ways or meet another one: what a Panther on its own terms answers."""

import json

import pytest

FILES = {"g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py", "g.py": "X = 1"}
STARTED = {"data": {"uploadDetectionEntitiesAsync": {"receiptId": "r1"}}}


def state(**fields):
    return {"data": {"detectionEntitiesUploadStatus": {"status": "NOT_PROCESSED", **fields}}}


async def test_it_waits_until_panther_is_done(script, scripted):
    counts = {"new": 1, "modified": 0, "deleted": 0, "total": 1, "newIds": ["g"], "modifiedIds": []}
    done = state(status="COMPLETED", result={"globalHelpers": counts, "rules": None})
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": [state(), state(), done]}
    assert await scripted("upload_detections", files=FILES) == {
        "receipt_id": "r1",
        "status": "COMPLETED",
        "counts": {"globalHelpers": {"new": 1, "total": 1, "newIds": ["g"]}},
    }
    assert script.times("GetDetectionUpload") == 3


async def test_one_that_takes_too_long_leaves_its_receipt(script, scripted):
    script.answers = {"UploadDetectionEntities": STARTED, "GetDetectionUpload": state()}
    found = await scripted("upload_detections", files=FILES, timeout=1)
    assert (found["receipt_id"], found["status"]) == ("r1", "NOT_PROCESSED")
    assert "get_detection_upload" in found["note"]
    assert script.times("UploadDetectionEntities") == 1
    assert await scripted("get_detection_upload", receipt_id="r1") == {"receipt_id": "r1", "status": "NOT_PROCESSED"}


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
    found = await scripted("upload_detections", files=json.dumps(FILES), dry_run=True)
    assert found == {"receipt_id": "r1", "status": "COMPLETED", "note": "A dry run: nothing was stored."}
    assert script.asked[0][1]["input"]["dryRun"] is True

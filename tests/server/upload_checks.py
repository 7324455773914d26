"""Checks of the tools that upload bundles of detections."""

from .checks import check

BUNDLE = {
    "rules/up.yml": (
        "AnalysisType: rule\nRuleID: Up.Load\nFilename: up.py\nEnabled: true\nSeverity: High\nLogTypes: [A.B]\n"
        "Tests:\n  - {Name: one, ExpectedResult: true, Log: {a: 1}}\n"
    ),
    "rules/up.py": "def rule(event):\n    return event.get('a') == 1\n",
    "globals/g.yml": "AnalysisType: global\nGlobalID: up_load\nFilename: g.py\n",
    "globals/g.py": "X = 'ü'\n",
}


@check("upload_detections")
async def upload(mcp, panther):
    counts = {
        "rules": {"new": 1, "total": 1, "newIds": ["Up.Load"]},
        "globalHelpers": {"new": 1, "total": 1, "newIds": ["up_load"]},
    }
    dry = await mcp("upload_detections", files=BUNDLE, dry_run=True)
    assert dry["change"] == {"tool": "upload_detections", "after": {"counts": counts}, "files": sorted(BUNDLE)}
    assert not panther.has("/rules/Up.Load")
    done = await mcp("upload_detections", files=BUNDLE)
    assert done == {
        "receipt_id": done["receipt_id"],
        "status": "COMPLETED",
        "counts": counts,
    }
    assert panther.rest("/rules/Up.Load")["body"] == BUNDLE["rules/up.py"]
    assert panther.rest("/globals/up_load")["body"] == BUNDLE["globals/g.py"]
    changed = BUNDLE | {"rules/up.py": BUNDLE["rules/up.py"].replace("1", "2")}
    modified = await mcp("upload_detections", files=changed)
    assert modified["counts"]["rules"] == {"modified": 1, "total": 1, "modifiedIds": ["Up.Load"]}
    again = await mcp("upload_detections", files=changed)
    assert again["note"] == "Panther has all of it already: nothing was stored."
    wrong = {"rules/bad.yml": "AnalysisType: rule\nRuleID: Bad\nSeverity: Urgent\nFilename: up.py\n"}
    refused = await mcp.refused("upload_detections", {"files": changed | wrong})
    assert refused["message"] == "Panther refused the bundle, and stored nothing: Files with errors: 1."
    (issue,) = refused["details"]["issues"]
    assert (issue["path"], "severity must be one of" in issue["message"]) == ("rules/bad.yml", True)
    panther.delete("/rules/Up.Load")
    panther.delete("/globals/up_load")


@check("get_detection_upload")
async def upload_state(mcp, panther):
    done = await mcp("upload_detections", files=BUNDLE)
    document = (
        "query($id: ID!) { detectionEntitiesUploadStatus(receiptId: $id) "
        "{ status createdAt updatedAt result { rules { new total newIds } globalHelpers { new total newIds } } } }"
    )
    held = panther.graphql(document, id=done["receipt_id"])["detectionEntitiesUploadStatus"]
    assert await mcp("get_detection_upload", receipt_id=done["receipt_id"]) == {
        "receipt_id": done["receipt_id"],
        "status": held["status"],
        "counts": held["result"],
        "created_at": held["createdAt"],
        "updated_at": held["updatedAt"],
    }
    wrong = {"rules/bad.yml": "AnalysisType: rule\nRuleID: Bad\nSeverity: Urgent\nFilename: up.py\n"}
    refused = await mcp.refused("upload_detections", {"files": BUNDLE | wrong})
    failed = await mcp("get_detection_upload", receipt_id=refused["details"]["receipt_id"])
    assert (failed["status"], failed["error"]) == ("FAILED", "Files with errors: 1.")
    assert failed["issues"] == refused["details"]["issues"]
    missing = await mcp.refused("get_detection_upload", {"receipt_id": "no-such-receipt"})
    assert (missing["code"], "upload_detections" in missing["hint"]) == ("not_found", True)
    panther.delete("/rules/Up.Load")
    panther.delete("/globals/up_load")

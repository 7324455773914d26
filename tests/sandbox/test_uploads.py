"""Bundles of panther_analysis_tool: what is in them is stored; a bad one stores nothing."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import pytest

UPLOAD = """
mutation($input: UploadDetectionEntitiesInput!) { uploadDetectionEntities(input: $input) {
  rules { new modified total newIds } policies { new } queries { new modified } globalHelpers { new }
  dataModels { new } correlationRules { new } lookupTables { new } scheduledPrompts { total } } }
"""
ASYNC = (
    "mutation($input: UploadDetectionEntitiesAsyncInput!) { uploadDetectionEntitiesAsync(input: $input) { receiptId } }"
)
STATUS = """
query($id: ID!) { detectionEntitiesUploadStatus(receiptId: $id) { status error mode result { rules { new total } } } }
"""
VALIDATE = "mutation($input: ValidateBulkUploadInput!) { validateBulkUpload(input: $input) { receiptId } }"
VALIDATED = """
query($id: ID!) { validateBulkUploadStatus(receiptId: $id) { status error result { issues { path errorMessage } } } }
"""
RULE = """
AnalysisType: rule
RuleID: Up.Rule
Filename: rule.py
Enabled: true
Severity: High
LogTypes: [AWS.CloudTrail]
Reports: {MITRE ATT&CK: ["TA0001:T1078"]}
Tests:
  - {Name: matches, ExpectedResult: true, Log: {a: 1}}
"""
FILES = {
    "rules/rule.yml": RULE,
    "rules/rule.py": "def rule(event): return event.get('a') == 1\n",
    "rules/simple.yml": "AnalysisType: rule\nRuleID: Up.Simple\nSeverity: Low\nEnabled: true\n"
    "LogTypes: [A.B]\nDetection:\n  - {Key: a, Condition: Exists}\n",
    "rules/scheduled.yml": "AnalysisType: scheduled_rule\nRuleID: Up.Scheduled\nSeverity: Low\nFilename: rule.py\n"
    "ScheduledQueries: [Up query]\n",
    "rules/correlation.yml": "AnalysisType: correlation_rule\nRuleID: Up.Correlation\nSeverity: Low\n"
    "Detection:\n  - Sequence: [{ID: a, RuleID: Up.Rule}, {ID: b, RuleID: Up.Simple}]\n",
    "policies/policy.yml": "AnalysisType: policy\nPolicyID: Up.Policy\nSeverity: Info\nFilename: policy.py\n",
    "policies/policy.py": "def policy(resource): return True\n",
    "globals/global.yml": "AnalysisType: global\nGlobalID: up_global\nFilename: up_global.py\n",
    "globals/up_global.py": "X = 1\n",
    "models/model.yml": "AnalysisType: datamodel\nDataModelID: Up.Model\nLogTypes: [A.B]\n"
    "Mappings: [{Name: ip, Path: x.y}]\n",
    "queries/query.yml": "AnalysisType: scheduled_query\nQueryName: Up query\nQuery: SELECT 1\n"
    "Schedule: {RateMinutes: 60, TimeoutMinutes: 5}\n",
    "lookups/table.yml": "AnalysisType: lookup_table\nLookupName: up_table\n",
    "README.md": "not uploaded",
}


def _zip(files: dict[str, str]) -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return base64.b64encode(buffer.getvalue()).decode()


def test_a_whole_bundle(writable: Any) -> None:
    asked = writable.data(ASYNC, input={"data": _zip(FILES), "dryRun": True})["uploadDetectionEntitiesAsync"]
    dry = writable.data(STATUS, id=asked["receiptId"])["detectionEntitiesUploadStatus"]
    assert (dry["status"], dry["result"]["rules"]) == ("COMPLETED", {"new": 3, "total": 3})
    assert writable.http.get("/rules/Up.Rule").status_code == 404

    result = writable.data(UPLOAD, input={"data": _zip(FILES)})["uploadDetectionEntities"]
    assert result["rules"] == {
        "new": 3,
        "modified": 0,
        "total": 3,
        "newIds": ["Up.Rule", "Up.Scheduled", "Up.Simple"],
    }
    for name in ("policies", "queries", "globalHelpers", "dataModels", "correlationRules", "lookupTables"):
        assert result[name]["new"] == 1, name
    rule = writable.http.get("/rules/Up.Rule").json()
    assert (rule["severity"], rule["tests"][0]["name"]) == ("HIGH", "matches")
    assert writable.http.put("/rules/Up.Rule", json=rule).status_code == 200
    assert writable.http.get("/simple-rules/Up.Simple").status_code == 200
    queries = writable.http.get("/queries").json()["results"]
    assert next(q for q in queries if q["name"] == "Up query")["schedule"]["rateMinutes"] == 60

    changed = FILES | {"queries/query.yml": FILES["queries/query.yml"].replace("SELECT 1", "SELECT 2")}
    again = writable.data(UPLOAD, input={"data": _zip(changed)})["uploadDetectionEntities"]
    assert (again["rules"]["new"], again["queries"]) == (0, {"new": 0, "modified": 1})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("%%%", "not valid base64"),
        (base64.b64encode(b"no zip").decode(), "not a valid zip file"),
        (_zip({"../out.yml": RULE}), "leads outside"),
        (_zip({"/etc/out.yml": RULE}), "leads outside"),
        (_zip({"bomb.yml": "0" * 60_000_000}), "too large"),
        (_zip({"a.yml": "a: ["}), "not valid YAML"),
        (_zip({"a.yml": RULE}), "'rule.py' is not in the bundle"),
        (_zip({"a.yml": RULE, "rule.py": "def rule("}), "not valid Python"),
        (_zip({"a.yml": RULE.replace("High", "Urgent"), "rule.py": "X = 1"}), "severity must be one of"),
        (_zip({"a.yml": RULE, "b.yml": RULE, "rule.py": "X = 1"}), "described in a.yml already"),
        (_zip({"a.txt": "nothing"}), "nothing that could be uploaded"),
        (_zip({"a.yml": "AnalysisType: nope"}), "no AnalysisType 'nope'"),
    ],
)
def test_bad_bundles(writable: Any, data: str, said: str) -> None:
    before = writable.http.get("/rules").json()["results"]
    assert said in writable.error(UPLOAD, input={"data": data})
    asked = writable.data(ASYNC, input={"data": data})["uploadDetectionEntitiesAsync"]
    status = writable.data(STATUS, id=asked["receiptId"])["detectionEntitiesUploadStatus"]
    assert (status["status"], said in status["error"], status["result"]) == ("FAILED", True, None)
    assert writable.http.get("/rules").json()["results"] == before


def test_a_failed_receipt_names_the_files_as_json(writable: Any) -> None:
    bundle = _zip({"a.yml": RULE, "b.yml": "AnalysisType: nope"})
    asked = writable.data(ASYNC, input={"data": bundle})["uploadDetectionEntitiesAsync"]
    status = writable.data(STATUS, id=asked["receiptId"])["detectionEntitiesUploadStatus"]
    assert json.loads(status["error"]) == {
        "issues": [
            {"path": "a.yml", "errorMessage": "the file 'rule.py' is not in the bundle"},
            {"path": "b.yml", "errorMessage": "there is no AnalysisType 'nope'"},
        ]
    }


def test_validation(writable: Any) -> None:
    bad = FILES | {"broken.yml": "AnalysisType: rule\nSeverity: Low\n"}
    asked = writable.data(VALIDATE, input={"data": _zip(bad)})["validateBulkUpload"]
    status = writable.data(VALIDATED, id=asked["receiptId"])["validateBulkUploadStatus"]
    assert [issue["path"] for issue in status["result"]["issues"]] == ["broken.yml"]
    assert writable.error(STATUS, id=asked["receiptId"]).startswith("receipt not found")
    failed = writable.data(VALIDATE, input={"data": "%"})["validateBulkUpload"]
    assert writable.data(VALIDATED, id=failed["receiptId"])["validateBulkUploadStatus"]["status"] == "FAILED"

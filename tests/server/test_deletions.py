"""Deleting detections: what is shown before, what goes with them, and what Panther does not confirm."""

import pytest

from .test_detection_writes import RULE


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
    for kind in ("rules", "simple-rules", "scheduled-rules", "policies"):
        script.answers[f"GET /{kind}/a"] = (404, {"message": "there is none"})
    script.answers["ListAlertIds"] = (500, {})
    error = await scripted.refused("delete_detections", {"detection_ids": ["a", "b"]})
    assert error["message"] == "Panther did not confirm that it deleted anything."
    assert "is unknown" in error["hint"]
    asked = [variables["input"] for name, variables in script.asked if name == "DeleteDetections"]
    assert [(one["ids"], one["dryRun"]) for one in asked] == [(["a", "b"], True), (["a"], False)]


async def test_the_preview_tells_what_the_detections_are_and_which_alerts_are_open(mcp, panther):
    noisy = "Okta.MFA.PushFatigue"
    rule = panther.rest(f"/rules/{noisy}")
    policy = panther.all("/policies")[0]
    found = await mcp("delete_detections", detection_ids=[noisy, policy["id"], "No.Such"], dry_run=True)
    told = {one["id"]: one for one in found["change"]["before"]["detections"]}
    assert told.keys() == {noisy, policy["id"]}
    assert told[noisy].items() >= {"type": "rules", "severity": rule["severity"], "enabled": rule["enabled"]}.items()
    assert told[policy["id"]]["type"] == "policies"
    document = (
        "query($id: ID!) { alerts(input: {detectionId: $id, statuses: [OPEN, TRIAGED]}) { edges { node { id } } } }"
    )
    count = len(panther.graphql(document, id=noisy)["alerts"]["edges"])
    assert count
    (warning,) = [one for one in found["change"]["warnings"] if one.startswith(noisy)]
    assert warning == f"{noisy} has {count} open alert{'' if count == 1 else 's'}, which will stay."


async def test_a_detection_that_changed_since_the_preview_is_not_deleted(connect, panther):
    body = {"id": "Moving.Rule", "body": RULE, "severity": "LOW"}
    panther.put("/rules/Moving.Rule", body)
    async with connect(token=panther.token, instance_url=panther.url, confirm="always") as careful:
        preview = await careful("delete_detections", detection_ids=["Moving.Rule"], dry_run=True)
        panther.put("/rules/Moving.Rule", body | {"severity": "CRITICAL"})
        confirmation = preview["confirmation"]
        error = await careful.refused("delete_detections", detection_ids=["Moving.Rule"], confirmation=confirmation)
    assert error["code"] == "conflict"
    assert error["details"]["preview"]["before"]["detections"][0]["severity"] == "CRITICAL"
    panther.delete("/rules/Moving.Rule")

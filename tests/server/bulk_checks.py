"""Checks of the tools that work on several alerts, or on the AI runs of one: what they tell is what has been done."""

from .checks import check


@check("bulk_update_alerts")
async def bulk(mcp, panther):
    ids = [panther.alert(title)["id"] for title in ("listing buckets", "tried to stop CloudTrail")]
    # The sandbox is asked twice, in either protocol, and does not say the same twice.
    user = panther.all("/users")[1]
    comments = {one: len(panther.all("/alert-comments", **{"alert-id": one})) for one in ids}
    given = {"status": "TRIAGED", "assignee_id": user["id"], "comment": f"Part of one case, seen by {id(mcp)}."}
    done = await mcp("bulk_update_alerts", alert_ids=ids, **given)
    assert done == {"status_updated": ids, "assignee_updated": ids, "commented": ids}
    for one in ids:
        held = panther.rest(f"/alerts/{one}")
        assert (held["status"], held["assignee"]["id"]) == ("TRIAGED", user["id"])
        assert len(panther.all("/alert-comments", **{"alert-id": one})) == comments[one] + 1
    by_email = await mcp("bulk_update_alerts", alert_ids=ids, assignee_id=panther.all("/users")[0]["email"])
    assert by_email == {"assignee_updated": ids}
    assert panther.rest(f"/alerts/{ids[0]}")["assignee"]["id"] == panther.all("/users")[0]["id"]
    # One that does not exist costs the others nothing, and is told by its name.
    partly = await mcp("bulk_update_alerts", alert_ids=[*ids, "no-such-alert"], comment=f"Again, by {id(mcp)}.")
    assert partly["commented"] == ids
    assert [(one["alert_id"], one["step"], one["code"]) for one in partly["failed"]] == [
        ("no-such-alert", "read", "not_found")
    ]
    nothing = await mcp.refused("bulk_update_alerts", {"alert_ids": ["no-such-alert"], "status": "OPEN"})
    assert nothing["code"] == "not_found"
    assert "None of" in (await mcp.refused("bulk_update_alerts", {"alert_ids": ids}))["message"]
    await mcp("bulk_update_alerts", alert_ids=ids, status="OPEN")


@check("summarize_log_events")
async def events_summary(mcp, panther):
    alert_id = panther.alert("clones private repositories")["id"]
    # The sandbox is asked twice, in either protocol: something must differ.
    asked = {
        "events": (await mcp("get_alert_events", alert_id=alert_id, limit=3))["events"],
        "prompt": f"Who is it, seen by {id(mcp)}?",
        "output_length": "small",
    }
    new = await mcp("summarize_log_events", **asked)
    assert new["cached"] is False
    assert f"You asked: {asked['prompt']}" in new["responseText"]
    assert "3 event(s)" in new["responseText"]
    document = "query($id: String!) { aiInferenceStream(streamId: $id) { streamId responseText } }"
    held = panther.graphql(document, id=new["streamId"])["aiInferenceStream"]
    assert await mcp("summarize_log_events", **asked) == {**held, "cached": True}
    other = await mcp("summarize_log_events", **asked | {"output_length": "large"})
    assert (other["cached"], other["streamId"] == new["streamId"]) == (False, False)


@check("get_ai_alert_triage_summary")
async def summary(mcp, panther):
    alert_id = panther.alert("clones private repositories")["id"]
    before = await mcp.raw("get_ai_alert_triage_summary", {"alert_id": alert_id})
    runs = 0 if before.is_error else before.structured_content["runs"]
    ran = await mcp("start_ai_alert_triage", alert_id=alert_id)
    found = await mcp("get_ai_alert_triage_summary", alert_id=alert_id)
    assert found == {**ran, "finished": True, "runs": runs + 1}
    none = await mcp.refused("get_ai_alert_triage_summary", {"alert_id": "no-such-alert"})
    assert none["code"] == "not_found"

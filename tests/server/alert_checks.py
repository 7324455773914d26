"""Checks of the tools on alerts: what is told is what the sandbox holds."""

import json

from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

from .checks import check, said

ALERT_FIELDS = (
    "id title severity status createdAt assignee { id email } "
    "origin { ... on Detection { detectionId: id name } ... on DeletedDetection { detectionId: id } "
    "... on SystemError { errorType: type relatedComponent } }"
)


MORE_ALERT_FIELDS = (
    "type firstEventOccurredAt lastReceivedEventAt description runbook reference updatedAt "
    "updatedBy { ... on User { id email } ... on APIToken { id name } } "
    "deliveries { label success statusCode message dispatchedAt }"
)


FORWARDED = "forwarded outside"


FACTS = StoryFacts.of(DEFAULT_SEED)


FATIGUE = f"denied pushes for {FACTS.victim.email}"


@check("list_alerts")
async def alerts(mcp, panther):
    window = {"createdAtAfter": "2020-01-01T00:00:00Z", "createdAtBefore": "2099-01-01T00:00:00Z"}
    narrowed = {"severities": ["HIGH", "CRITICAL"], "statuses": ["OPEN"], "logTypes": ["AWS.CloudTrail"]}
    asked = {**window, **narrowed, "type": "ALERT", "pageSize": 20}
    arguments = {
        "start_date": window["createdAtAfter"],
        "end_date": window["createdAtBefore"],
        "severities": ["HIGH", "CRITICAL"],
        "statuses": ["OPEN"],
        "log_types": ["AWS.CloudTrail"],
        "page_size": 20,
    }
    for detail, fields in (("compact", ALERT_FIELDS), ("full", f"{ALERT_FIELDS} {MORE_ALERT_FIELDS}")):
        document = f"query($i: AlertsInput!) {{ alerts(input: $i) {{ edges {{ node {{ {fields} }} }} }} }}"
        expected = [said(edge["node"]) for edge in panther.graphql(document, i=asked)["alerts"]["edges"]]
        assert (await mcp("list_alerts", arguments | {"detail": detail}))["alerts"] == expected
        assert len(expected) >= 3


@check("get_alert")
async def alert(mcp, panther):
    document = f"query($id: ID!) {{ alert(id: $id) {{ {ALERT_FIELDS} {MORE_ALERT_FIELDS} }} }}"
    for title in (FORWARDED, FATIGUE):
        alert_id = panther.alert(title)["id"]
        assert await mcp("get_alert", alert_id=alert_id) == said(panther.graphql(document, id=alert_id)["alert"])


def as_events_are_told(event):
    """An event without the values of p_any_* that stand elsewhere in it."""
    own = json.dumps([value for name, value in event.items() if not name.startswith("p_any_")])
    left = {
        name: [value for value in values if json.dumps(value) not in own]
        for name, values in event.items()
        if name.startswith("p_any_")
    }
    return {name: left.get(name, value) for name, value in event.items() if left.get(name, True)}


@check("get_alert_events")
async def alert_events(mcp, panther):
    alert_id = panther.alert("bulk read of s3")["id"]
    events = panther.rest(f"/alerts/{alert_id}/events", limit=7)["results"]
    assert (await mcp("get_alert_events", alert_id=alert_id, limit=7))["events"] == list(
        map(as_events_are_told, events)
    )
    found = await mcp.told("get_alert_events", alert_id=alert_id, limit=7)
    assert found["same_in_all"]["eventName"] == "GetObject"
    assert {"eventTime", "requestParameters.key", "resources[0].arn"} <= set(found["fields"])
    assert found["repeated"]["#1"] == events[0]["userAgent"] != events[3]["userAgent"] == found["repeated"]["#2"]
    assert [len(row) for row in found["events"]] == [len(found["fields"])] * 7
    assert found["next_cursor"]


@check("list_alert_comments")
async def alert_comments(mcp, panther):
    alert_id = panther.alert(FATIGUE)["id"]
    shown = ("id", "body", "createdAt", "createdBy")
    items = panther.all("/alert-comments", **{"alert-id": alert_id})
    found = await mcp("list_alert_comments", alert_id=alert_id, limit=50)
    assert found["comments"] == [{name: item[name] for name in shown} for item in items]
    assert len(items) >= 2


@check("add_alert_comment")
async def comment(mcp, panther):
    alert_id = panther.alert(FORWARDED)["id"]
    made = await mcp("add_alert_comment", alert_id=alert_id, comment='<b>"seen"</b> \u202e ü \n{}')
    kept = panther.rest(f"/alert-comments/{made['id']}")
    assert (kept["alertId"], kept["format"]) == (alert_id, "PLAIN_TEXT")
    assert kept["body"] == '<b>"seen"</b> \u202e ü \n{}'
    assert made["body"] == '<b>"seen"</b>  ü \n{}'


@check("update_alert_comment")
async def changed_comment(mcp, panther):
    alert_id = panther.alert(FORWARDED)["id"]
    made = await mcp("add_alert_comment", alert_id=alert_id, comment="first")
    told = await mcp("update_alert_comment", comment_id=made["id"], comment="second")
    change = {"field": "body", "before": "first", "after": "second"}
    assert told == {"id": made["id"], "alertId": alert_id, "changes": [change]}
    assert panther.rest(f"/alert-comments/{made['id']}")["body"] == "second"
    assert (await mcp("update_alert_comment", comment_id=made["id"], comment="second"))["unchanged"]
    assert (await mcp.refused("update_alert_comment", comment_id="none", comment="x"))["code"] == "not_found"


@check("update_alert_status")
async def alert_status(mcp, panther):
    ids = [panther.alert(title)["id"] for title in ("listing buckets", "tried to stop CloudTrail")]
    for status in ("TRIAGED", "RESOLVED", "CLOSED", "OPEN"):
        changed = await mcp("update_alert_status", alert_ids=ids, status=status)
        assert [(one["id"], one["status"]) for one in changed["alerts"]] == [(one, status) for one in ids]
        assert [panther.rest(f"/alerts/{one}")["status"] for one in ids] == [status, status]


@check("update_alert_assignee")
async def alert_assignee(mcp, panther):
    users = panther.all("/users")
    alert_id = panther.alert(FORWARDED)["id"]
    for user in users[:2]:
        changed = await mcp("update_alert_assignee", alert_ids=[alert_id], assignee_id=user["id"])
        assert changed["alerts"][0]["assignee"] == {"id": user["id"], "email": user["email"]}
        assert panther.rest(f"/alerts/{alert_id}")["assignee"] == {"id": user["id"], "type": "user"}
    changed = await mcp("update_alert_assignee", alert_ids=alert_id, assignee_id=users[0]["email"])
    assert changed["alerts"][0]["assignee"] == {"id": users[0]["id"], "email": users[0]["email"]}
    assert panther.rest(f"/alerts/{alert_id}")["assignee"]["id"] == users[0]["id"]
    for unknown in ("nobody", "nobody@acme.example"):
        error = await mcp.refused("update_alert_assignee", alert_ids=alert_id, assignee_id=unknown)
        assert error["code"] == "not_found"


@check("start_ai_alert_triage")
async def triage(mcp, panther):
    alert_id = panther.alert(FORWARDED)["id"]
    found = await mcp("start_ai_alert_triage", alert_id=alert_id, prompt="Is Priya affected?", output_length="small")
    document = "query($id: String!) { aiInferenceStream(streamId: $id) { streamId responseText } }"
    assert found == panther.graphql(document, id=found["streamId"])["aiInferenceStream"]
    assert "You asked: Is Priya affected?" in found["responseText"]

"""`panther-mcp audit undo` of alerts: it reverts what it can, and says why it cannot."""

import pytest

from panther_mcp.audit.log import AuditLog

from .audit_log import ASSIGNEE, STATUS, alerts, bodies, last_id, mcp, path, run, state, undoes

__all__ = ["alerts", "mcp", "path", "run"]


async def test_undo_reverts_a_status_that_differed_between_alerts(mcp, panther, path, run, alerts):
    ids = [alert["id"] for alert in alerts]
    panther.graphql(STATUS, ids=ids[:1], status="OPEN")
    panther.graphql(STATUS, ids=ids[1:], status="RESOLVED")
    await mcp("update_alert_status", alert_ids=ids, status="CLOSED")
    call_id = last_id(path)
    assert (await undoes(run, path, call_id, "--dry-run")).count("would call update_alert_status") == 2
    assert [state(panther, alert)[0] for alert in alerts] == ["CLOSED", "CLOSED"]
    assert (await undoes(run, path, call_id)).count("called update_alert_status") == 2
    assert [state(panther, alert)[0] for alert in alerts] == ["OPEN", "RESOLVED"]
    intents = [body for body in bodies(path) if body.get("undoes") == call_id]
    assert [body["event"] for body in intents] == ["intent", "intent"]
    assert {body["client"] for body in intents} == {"panther-mcp audit undo"}
    again = run("undo", call_id)
    assert (again.returncode, "nothing to revert" in again.stderr) == (1, True)


async def test_undo_can_be_undone(mcp, panther, path, run, alerts):
    panther.graphql(STATUS, ids=[alerts[0]["id"]], status="OPEN")
    await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status="CLOSED")
    await undoes(run, path, last_id(path))
    assert state(panther, alerts[0])[0] == "OPEN"
    await undoes(run, path, last_id(path))
    assert state(panther, alerts[0])[0] == "CLOSED"


async def test_undo_reverts_an_assignee_also_to_nobody(mcp, panther, path, run, alerts):
    one, other, third = [user["id"] for user in panther.all("/users")[:3]]
    panther.graphql(ASSIGNEE, ids=[alerts[0]["id"]], user=one)
    panther.graphql(ASSIGNEE, ids=[alerts[1]["id"]], user=None)
    await mcp("update_alert_assignee", alert_ids=[alert["id"] for alert in alerts], assignee_id=other)
    call_id = last_id(path)
    await undoes(run, path, call_id)
    assert [state(panther, alert)[1] for alert in alerts] == [one, None]
    undone = [body for body in bodies(path) if body.get("undoes") == call_id]
    assert {alerts[1]["id"]: {"assignee_id": None}} in [body["after"] for body in undone]
    assert {alerts[1]["id"]: {"assignee_id": other}} in [body["before"] for body in undone]
    await mcp("update_alert_assignee", alert_ids=[alerts[1]["id"]], assignee_id=third)
    await undoes(run, path, last_id(path))
    assert state(panther, alerts[1])[1] is None


async def test_undo_reverts_a_bulk_update_but_its_comments(mcp, panther, path, run, alerts):
    user = panther.all("/users")[0]["id"]
    before = [state(panther, alert) for alert in alerts]
    ids = [alert["id"] for alert in alerts]
    await mcp("bulk_update_alerts", alert_ids=ids, status="CLOSED", assignee_id=user, comment="stays")
    assert [state(panther, alert) for alert in alerts] == [("CLOSED", user)] * 2
    assert (await undoes(run, path, last_id(path))).endswith("Comments that it added stay.\n")
    assert [state(panther, alert) for alert in alerts] == before
    await mcp("bulk_update_alerts", alert_ids=ids, comment="stays too")
    refused = run("undo", last_id(path))
    assert (refused.returncode, "Comments that it added stay." in refused.stderr) == (1, True)


async def test_undo_refuses_what_has_changed_since(mcp, panther, path, run, alerts):
    ids = [alert["id"] for alert in alerts]
    panther.graphql(STATUS, ids=ids, status="OPEN")
    await mcp("update_alert_status", alert_ids=ids, status="CLOSED")
    call_id = last_id(path)
    panther.graphql(STATUS, ids=ids[1:], status="TRIAGED")
    refused = run("undo", call_id)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"Something has changed since that call: {ids[1]} is no longer as it left it." in refused.stderr
    assert [state(panther, alert)[0] for alert in alerts] == ["CLOSED", "TRIAGED"]
    await undoes(run, path, call_id, "--force")
    assert [state(panther, alert)[0] for alert in alerts] == ["OPEN", "OPEN"]


async def test_undo_reverts_what_a_call_did_in_part(mcp, panther, path, run, alerts):
    """One of two alerts is as it was before already: it needs nothing, and does not stand in the way."""
    ids = [alert["id"] for alert in alerts]
    panther.graphql(STATUS, ids=ids, status="OPEN")
    await mcp("update_alert_status", alert_ids=ids, status="CLOSED")
    panther.graphql(STATUS, ids=ids[1:], status="OPEN")
    await undoes(run, path, last_id(path))
    assert [state(panther, alert)[0] for alert in alerts] == ["OPEN", "OPEN"]


async def test_undo_refuses_another_panther(mcp, panther, path, run, alerts):
    await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status="CLOSED")
    refused = run("undo", last_id(path), PANTHER_INSTANCE_URL="http://127.0.0.1:9")
    assert refused.returncode == 1
    assert "and PANTHER_INSTANCE_URL leads to 127.0.0.1:9." in refused.stderr


async def test_undo_with_a_token_that_may_not_write_says_so_and_is_recorded(mcp, panther, path, run, alerts):
    panther.graphql(STATUS, ids=[alerts[0]["id"]], status="OPEN")
    await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status="CLOSED")
    refused = run("undo", last_id(path), PANTHER_API_TOKEN=panther.read_only_token)
    assert (refused.returncode, "needs AlertModify" in refused.stderr) == (1, True)
    assert bodies(path)[-1]["outcome"] == "permission_denied"
    assert state(panther, alerts[0])[0] == "CLOSED"


async def test_undo_refuses_comments_reads_and_calls_that_did_nothing(mcp, panther, path, run, alerts, connect):
    await mcp("add_alert_comment", alert_id=alerts[0]["id"], comment="here to stay")
    refused = run("undo", last_id(path))
    assert refused.stderr == ("add_alert_comment cannot be reverted: Panther's API cannot delete a comment.\n")
    await mcp.refused("update_alert_status", alert_ids=[alerts[0]["id"]], status="SHUT")
    assert "changed nothing: it ended with invalid_input" in run("undo", last_id(path)).stderr
    async with connect(token=panther.token, instance_url=panther.url, audit_log=path, audit="all") as reading:
        await reading("get_permissions")
    assert "get_permissions reads; there is nothing to revert." in run("undo", last_id(path)).stderr


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"tool": "delete_user", "effect": "destructive"}, "Panther keeps nothing of what is deleted"),
        ({"tool": "send_mail", "effect": "write"}, "no way back is known"),
        ({"tool": "update_alert_status", "effect": "write"}, "before this call was not recorded"),
        (
            {"tool": "update_alert_status", "effect": "write", "states_incomplete": True, "before": {"a": 1}},
            "was not recorded whole",
        ),
    ],
)
def test_undo_refuses_what_has_no_way_back(path, run, facts, why):
    AuditLog(path).append({"event": "intent", "id": "abc", **facts}, durable=True)
    refused = run("undo", "abc")
    assert (refused.returncode, why in refused.stderr) == (1, True)

"""`panther-mcp audit`: verify, show, and undo, which reverts what it can and says why it cannot."""

import json
import os
import subprocess
import sys

import pytest

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.reversal import NoWayBack, document
from panther_mcp.audit.verify import verify
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_overrides.reversals import IRREVERSIBLE, REVERSALS

NAMES = {tool.name: tool for tool in catalog_tools(read_catalog())}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "audit.jsonl"


@pytest.fixture
async def mcp(panther, connect, path):
    async with connect(token=panther.token, instance_url=panther.url, audit_log=path) as caller:
        yield caller


@pytest.fixture
def run(panther, path):
    def command(*arguments, **env):
        known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
        known |= {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token}
        return subprocess.run(
            [sys.executable, "-m", "panther_mcp", "audit", *arguments],
            env=known | {"PANTHER_MCP_AUDIT_LOG": str(path), "COLUMNS": "100"} | env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    return command


@pytest.fixture
def alerts(panther):
    """Two alerts, whose state is put back afterwards."""
    found = panther.all("/alerts", limit=50)[:2]
    before = [state(panther, alert) for alert in found]
    yield found
    for alert, (status, user) in zip(found, before, strict=True):
        panther.graphql(STATUS, ids=[alert["id"]], status=status)
        panther.graphql(ASSIGNEE, ids=[alert["id"]], user=user)


STATUS = (
    "mutation($ids: [ID!]!, $status: AlertStatus!) "
    "{ updateAlertStatusById(input: {ids: $ids, status: $status}) { alerts { id } } }"
)
ASSIGNEE = (
    "mutation($ids: [ID!]!, $user: ID) "
    "{ updateAlertsAssigneeById(input: {ids: $ids, assigneeId: $user}) { alerts { id } } }"
)
STATE = "query($id: ID!) { alert(id: $id) { status assignee { id } } }"


def state(panther, alert):
    found = panther.graphql(STATE, id=alert["id"])["alert"]
    return found["status"], (found["assignee"] or {}).get("id")


def bodies(path):
    found = []
    verify(path, visit=found.append)
    return found


def last_id(path):
    return bodies(path)[-1]["id"]


async def test_verify_tells_that_a_log_is_whole_and_its_last_hash(mcp, panther, path, run, alerts):
    await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status="TRIAGED")
    done = run("verify")
    end = bodies(path)[-1]["hash"]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"2 lines in 1 file are whole; the last hash is\n{end}\n"
    assert run("verify", str(path), "--anchor", end).returncode == 0
    again = run("verify", "--anchor", "0" * 64)
    assert (again.returncode, "noted elsewhere" in again.stderr) == (1, True)


async def test_verify_exits_with_1_and_the_first_broken_line(mcp, path, run, alerts):
    for status in ("TRIAGED", "OPEN"):
        await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status=status)
    path.write_bytes(path.read_bytes().replace(b'"outcome":"ok"', b'"outcome":"no"'))
    done = run("verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"The audit log is broken. {path}, line 2: it was altered: its hash does not fit what it holds.\n"
    )
    for arguments in (("show",), ("undo", bodies_of(path)[0]["id"])):
        refused = run(*arguments)
        assert refused.returncode == 1
        assert f"{path}, line 2" in refused.stderr


def bodies_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_verify_tells_of_writes_without_an_outcome(path, run):
    AuditLog(path).append({"event": "intent", "id": "abc", "tool": "update_alert_status"}, durable=True)
    done = run("verify")
    assert done.returncode == 0
    assert done.stderr == (
        "call abc of update_alert_status has no outcome: it is still running, or its process was killed\n"
    )


async def test_show_lists_the_last_calls_on_one_harmless_line_each(mcp, path, run, alerts):
    for status in ("TRIAGED", "OPEN", "TRIAGED"):
        await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status=status)
    await mcp.refused("add_alert_comment", alert_id="x", comment="\x1b[2J\n\u202eforged" + "!" * 500)
    done = run("show", "--last", "2")
    assert (done.returncode, done.stderr) == (0, "")
    one, other = done.stdout.splitlines()
    assert (one.split()[2:4], one.split()[5]) == (["update_alert_status", "ok"], "ms")
    assert other.split()[2] == "add_alert_comment"
    assert done.stdout.isascii()
    assert done.stdout.replace("\n", "").isprintable()
    whole = [json.loads(line) for line in run("show", "--json").stdout.splitlines()]
    assert [call["tool"] for call in whole] == ["update_alert_status"] * 3 + ["add_alert_comment"]
    assert whole[0].keys() >= {"before", "after", "outcome", "arguments", "time"}


async def test_a_log_that_is_not_there_or_turned_off(run):
    assert "0 lines in 0 files" in run("verify").stdout
    assert run("show").stdout == ""
    off = run("verify", PANTHER_MCP_AUDIT_LOG="off")
    assert (off.returncode, "turned off" in off.stderr) == (2, True)
    assert run("undo", "x", PANTHER_MCP_AUDIT_LOG="off").returncode == 1
    assert "has no call 'x'" in run("undo", "x").stderr


async def undoes(run, path, call_id, *more):
    done = run("undo", call_id, *more)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


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
        ({"tool": "delete_rules", "effect": "destructive"}, "what was deleted is gone"),
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


def test_the_table_of_reversals_names_tools_that_write():
    assert {name for name in (*REVERSALS, *IRREVERSIBLE) if NAMES[name].effect == "read"} == set()
    assert not set(REVERSALS) & set(IRREVERSIBLE)


class Documents:
    """Documents as a tool that changes one field at a time sees them."""

    def __init__(self, panther):
        self._panther = panther

    async def read(self, call, name):
        return self._panther.rest(f"/globals/{name}")


@pytest.fixture
def helpers(panther):
    return document(
        "update_global_helper",
        id_param="helper_id",
        fields={"body": "body", "description": "description", "tags": "tags"},
        read=Documents(panther).read,
    )


async def test_the_way_back_of_a_document_is_built_from_its_fields(panther, helpers):
    helper = panther.all("/globals")[0]
    arguments = {"helper_id": helper["id"], "body": "def f():\n    return 1\n", "description": None}
    before, after = await helpers.states(None, arguments)
    assert before == {helper["id"]: {"body": helper["body"]}}
    assert after == {helper["id"]: {"body": arguments["body"]}}
    (step,) = helpers.steps(after, before)
    assert (step.tool, step.arguments) == (
        "update_global_helper",
        {"helper_id": helper["id"], "body": helper["body"]},
    )


def test_a_document_that_cannot_be_put_back_through_its_tool_says_so(helpers):
    with pytest.raises(NoWayBack, match="description of h was empty before"):
        helpers.steps({"h": {"description": "x"}}, {"h": {"description": ""}})
    with pytest.raises(NoWayBack, match="created or deleted"):
        helpers.steps({"h": {"description": "x"}}, {"h": None})


def test_a_log_that_somebody_else_can_write_is_made_private(path):
    AuditLog(path).append({"event": "call"}, durable=True)
    assert LogPath(path).head.stat().st_mode & 0o077 == 0

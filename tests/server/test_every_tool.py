"""Each tool of the catalog over real stdio, in both generations of the protocol, against the sandbox's own answers."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.catalog import read_catalog
from panther_overrides.workflows.common.same_in_all import joined
from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

from . import (  # noqa: F401 - they register their checks
    access_checks,
    backtest_checks,
    bulk_checks,
    detection_checks,
    lake_checks,
    measuring_checks,
    reading_checks,
    session_checks,
    source_checks,
    writing_checks,
)
from .checks import CHECKS, check, said

NAMES = [tool["name"] for tool in read_catalog()["tools"]]
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
KINDS = {
    "rules": "/rules",
    "simple_rules": "/simple-rules",
    "scheduled_rules": "/scheduled-rules",
    "policies": "/policies",
}
FORWARDED = "forwarded outside"
FACTS = StoryFacts.of(DEFAULT_SEED)
FATIGUE = f"denied pushes for {FACTS.victim.email}"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["legacy", "2026-07-28"])
async def stdio(panther, opened, request, tmp_path_factory) -> AsyncIterator[Any]:
    """A client of the real process, whose log must not show the token."""
    log = tmp_path_factory.mktemp("stdio") / "stderr"
    env = {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token, "LOG_LEVEL": "DEBUG"}
    env |= {"PANTHER_MCP_TOOLSETS": "all", "PANTHER_MCP_CONFIRM": "never", "PANTHER_MCP_SQL_GUARD": "off"}
    secrets = tmp_path_factory.mktemp("state") / "secrets"
    env["PANTHER_MCP_SECRETS_DIR"] = str(secrets)
    env |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=env, keep_alive=False, log_file=log)
    async with opened(Client(transport, mode=request.param), panther.token) as caller:
        version = caller.client.session.protocol_version
        assert version == "2026-07-28" if request.param != "legacy" else version.startswith("2025-")
        yield caller
    check_log(log, panther.token, source_checks.PLANTED, *(path.read_text().strip() for path in secrets.glob("*")))


def check_log(log: Path, *secrets: str) -> None:
    logged = log.read_text()
    assert "call_tool" in logged, "the log is that of the server"
    assert not [secret for secret in secrets if secret in logged]
    assert "Traceback" not in logged


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.asyncio(loop_scope="module")
async def test_does_what_it_says(name, stdio, panther):
    assert name in CHECKS, f"{name} has no check: write one in {__file__}"
    await CHECKS[name](stdio, panther)


def test_each_check_is_of_a_tool():
    assert sorted(CHECKS) == sorted(NAMES)


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


@check("get_alert_events")
async def alert_events(mcp, panther):
    alert_id = panther.alert("bulk read of s3")["id"]
    found = await mcp("get_alert_events", alert_id=alert_id, limit=7)
    events = panther.rest(f"/alerts/{alert_id}/events", limit=7)["results"]
    shared = found["same_in_all"]
    assert [joined(shared, event) for event in found["events"]] == events
    assert shared["eventName"] == "GetObject"
    assert not any("eventName" in event for event in found["events"])
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


@check("query_data_lake")
async def data_lake(mcp, panther):
    sql = (
        "SELECT eventName, userIdentity:accessKeyId::string AS key, requestParameters, COUNT(*) OVER () AS n "
        "FROM panther_logs.public.aws_cloudtrail WHERE p_occurs_since('7 d') AND eventName = 'GetObject' "
        f"AND ARRAY_CONTAINS('{FACTS.exfil_ip}'::VARIANT, p_any_ip_addresses) ORDER BY p_event_time, p_row_id"
    )
    found = await mcp("query_data_lake", sql=sql, max_rows=20)
    document = (
        "query($id: ID!) { dataLakeQuery(id: $id) { status sql results(input: {pageSize: 20}) "
        "{ columnInfo { order types } edges { node } stats { bytesScanned rowCount } } } }"
    )
    query = panther.graphql(document, id=found["query_id"])["dataLakeQuery"]
    results = query["results"]
    assert (query["status"], query["sql"]) == ("succeeded", sql)
    assert found["rows"] == [edge["node"] for edge in results["edges"]]
    assert found["columns"] == {name: results["columnInfo"]["types"][name] for name in results["columnInfo"]["order"]}
    assert (found["row_count"], found["bytes_scanned"]) == (
        results["stats"]["rowCount"],
        results["stats"]["bytesScanned"],
    )
    assert (found["row_count"], len(found["rows"])) == (FACTS.objects_read, 20)
    assert found["rows"][0]["key"] == FACTS.access_key


@check("list_databases")
async def databases(mcp, panther):
    expected = panther.graphql("{ dataLakeDatabases { name description } }")["dataLakeDatabases"]
    assert await mcp("list_databases") == {"databases": expected}


@check("list_database_tables")
async def tables(mcp, panther):
    for name in [one["name"] for one in (await mcp("list_databases"))["databases"]]:
        document = (
            "query($n: String!) { dataLakeDatabase(name: $n) { tables { name displayName logType description } } }"
        )
        expected = said(panther.graphql(document, n=name)["dataLakeDatabase"]["tables"])
        assert await mcp("list_database_tables", database=name) == {"tables": expected}


@check("get_table_schema")
async def table(mcp, panther):
    document = (
        "query($i: DataLakeDatabaseTableInput!) { dataLakeDatabaseTable(input: $i) "
        "{ name displayName logType description columns { name type description } } }"
    )
    asked = {"databaseName": "panther_logs.public", "tableName": "okta_systemlog"}
    expected = said(panther.graphql(document, i=asked)["dataLakeDatabaseTable"])
    found = await mcp("get_table_schema", database_name=asked["databaseName"], table_name=asked["tableName"])
    assert found == expected
    assert {"p_event_time": "timestamp"}.items() <= {one["name"]: one["type"] for one in found["columns"]}.items()


@check("list_detections")
async def detections(mcp, panther):
    found = await mcp("list_detections", detection_types=list(KINDS), limit=1000)
    expected = [(kind, item["id"]) for kind, path in KINDS.items() for item in panther.all(path)]
    assert [(one["type"], one["id"]) for one in found["detections"]] == expected
    for detail in ("compact", "full"):
        narrowed = await mcp(
            "list_detections", detection_types=["rules"], name_contains="okta", severity=["HIGH"], detail=detail
        )
        held = panther.all("/rules", **{"name-contains": "okta", "severity": "HIGH"})
        for one, item in zip(narrowed["detections"], said(held), strict=True):
            assert one.pop("type") == "rules"
            assert one == {name: item[name] for name in one}
            assert ("body" in one) == (detail == "full")


@check("get_detection")
async def detection(mcp, panther):
    for kind, path in KINDS.items():
        item = panther.all(path)[0]
        found = await mcp("get_detection", detection_id=item["id"], detection_type=list(KINDS))
        query = {"include-python": "true"} if kind == "simple_rules" else {}
        expected = said(panther.rest(f"{path}/{item['id']}", **query))
        # The published API has fields that this server's client does not know; what it tells must be so.
        (told,) = found["detections"]
        assert told.pop("type") == kind
        assert told == {name: expected[name] for name in told}
        assert {"id", "severity", "enabled"} <= told.keys()
        assert told.get("body") or told.get("detection")
        assert sorted([*found["not_found_in"], kind]) == sorted(KINDS)


@check("get_permissions")
async def permissions(mcp, panther):
    own = panther.rest("/api-tokens/self")
    shown = ("name", "permissions", "expiresAt", "allowedCIDRBlocks")
    assert await mcp("get_permissions") == said({name: own.get(name) for name in shown})


@check("get_general_settings")
async def settings(mcp, panther):
    expected = panther.graphql("{ generalSettings { pantherVersion } }")["generalSettings"]
    assert await mcp("get_general_settings") == expected
    assert expected["pantherVersion"]


@check("list_users")
async def users(mcp, panther):
    held = panther.all("/users")
    fields = ("id", "email", "givenName", "familyName", "status")
    compact = [{name: user[name] for name in fields} | {"role": {"name": user["role"]["name"]}} for user in held]
    found = await mcp("list_users")
    assert found["users"] == said(compact)
    assert (await mcp("list_users", detail="full"))["users"] == said(held)
    everyone = await mcp("list_users", include_deactivated=True, detail="full")
    assert {user["enabled"] for user in everyone["users"]} == {True, False}
    one = found["users"][0]
    assert one in (await mcp("list_users", contains=one["givenName"]))["users"]
    assert (await mcp("list_users", contains="nobody of this name"))["users"] == []


@check("get_user")
async def user(mcp, panther):
    for known in panther.all("/users"):
        expected = said(panther.rest(f"/users/{known['id']}"))
        assert await mcp("get_user", user_id=known["id"]) == expected
        assert await mcp("get_user", user_id=known["email"].upper()) == expected
    for unknown in ("nobody", "nobody@acme.example"):
        assert (await mcp.refused("get_user", user_id=unknown))["code"] == "not_found"


@check("start_ai_alert_triage")
async def triage(mcp, panther):
    alert_id = panther.alert(FORWARDED)["id"]
    found = await mcp("start_ai_alert_triage", alert_id=alert_id, prompt="Is Priya affected?", output_length="small")
    document = "query($id: String!) { aiInferenceStream(streamId: $id) { streamId responseText } }"
    assert found == panther.graphql(document, id=found["streamId"])["aiInferenceStream"]
    assert "You asked: Is Priya affected?" in found["responseText"]

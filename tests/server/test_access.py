"""What a call says when Panther refuses the token, cannot be reached, or is not known at all."""

import asyncio
import os
import socket
import sys
import time
from pathlib import Path

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

TOOLS = catalog_tools(read_catalog())
ARGUMENTS = {
    "alert_ids": ["x"],
    "auth_method": "None",
    "mappings": [{"name": "x", "path": "x"}],
    "query_ids": ["x"],
    "actor_id": "x@example",
    "database": "panther_logs",
    "database_name": "panther_logs",
    "body": "def rule(event): return True",
    "detection_ids": ["x"],
    "files": {"a.yml": "AnalysisType: rule"},
    "severity": "LOW",
    "events": [{"eventName": "ConsoleLogin"}],
    "is_archived": True,
    "log_types": ["AWS.CloudTrail"],
    "permissions": ["AlertRead"],
    "prefixes": [{"logTypes": ["AWS.CloudTrail"]}],
    "sql": "SELECT 1",
    "status": "OPEN",
    "table_name": "okta_systemlog",
}
# What a rule requires beyond the schema.
WANTED = {
    "bulk_update_alerts": ("status",),
    "backtest_detection": ("detection_id",),
    "update_data_model": ("description",),
    "update_global_helper": ("description",),
    "update_scheduled_query": ("description",),
    "update_api_token": ("name",),
    "update_cloud_account": ("label",),
    "update_detection": ("severity",),
    "update_http_log_source": ("name",),
    "update_role": ("name",),
    "update_s3_log_source": ("name",),
    "update_user": ("given_name",),
}
# What the tools on log sources need differs with the source's type.
SOURCES = {"update_s3_log_source": "aws-s3", "update_http_log_source": "http"}
# GraphQL words it differently from REST.
REFUSED = ("access denied", "forbidden")
# They ask Panther nothing, so nothing that Panther says can go wrong.
OFFLINE = {"get_session_info"}
ASKING = [tool for tool in TOOLS if tool.name not in OFFLINE]
# Whoever may read the data lake may also stop a query of it.
WRITES = [tool.name for tool in TOOLS if tool.effect != "read" and tool.name != "cancel_data_lake_query"]


def required(tool):
    names = (*tool.input_schema.get("required", ()), *WANTED.get(tool.name, ()))
    return {name: ARGUMENTS.get(name, "x") for name in names}


@pytest.fixture
async def reader(panther, connect):
    """A client of a server whose token may only read."""
    async with connect(token=panther.read_only_token, instance_url=panther.url) as mcp:
        yield mcp


def held(panther):
    """All that the tools could change."""
    lists = ("/alerts", "/roles", "/users", "/api-tokens", "/rules", "/globals", "/data-models", "/queries")
    sources = "sources { edges { node { integrationId integrationLabel lastModified } } }"
    accounts = "cloudAccounts { edges { node { id label lastModifiedAt } } }"
    schemas = "schemas(input: {}) { edges { node { name revision isArchived } } }"
    found = {path: panther.all(path) for path in lists} | panther.graphql(f"{{ {sources} {accounts} {schemas} }}")
    for token in found["/api-tokens"]:
        token.pop("lastUsedAt", None)
    alert = panther.alert("forwarded outside")["id"]
    return found | {"comments": panther.all("/alert-comments", **{"alert-id": alert})}


def ids(panther, account):
    """Ids of objects that there are: a tool must be refused because of its permission, and for nothing else."""
    alert = panther.alert("forwarded outside")["id"]
    fatigue = panther.alert(f"denied pushes for {StoryFacts.of(DEFAULT_SEED).victim.email}")["id"]
    (own,) = [token["id"] for token in panther.all("/api-tokens") if token["name"] == "sandbox read-only"]
    document = "{ sources { edges { node { integrationId integrationType } } } }"
    sources = {
        edge["node"]["integrationType"]: edge["node"]["integrationId"]
        for edge in panther.graphql(document)["sources"]["edges"]
    }
    return {
        "alert_id": alert,
        "alert_ids": [alert],
        "assignee_id": panther.all("/users")[0]["id"],
        "cloud_account_id": account,
        "comment_id": panther.all("/alert-comments", **{"alert-id": fatigue})[0]["id"],
        "role_id": panther.all("/roles")[0]["id"],
        "schema_name": "AWS.CloudTrail",
        "source_id": sources,
        "token_id": next(token["id"] for token in panther.all("/api-tokens") if token["id"] != own),
        "user_id": panther.all("/users")[0]["id"],
        "data_model_id": panther.all("/data-models")[0]["id"],
        "detection_id": panther.all("/rules")[0]["id"],
        "detection_ids": [panther.all("/rules")[0]["id"]],
        "files": {"g.yml": "AnalysisType: global\nGlobalID: g\nFilename: g.py", "g.py": "X = 1"},
        "helper_id": panther.all("/globals")[1]["id"],
        "query_id": panther.all("/queries")[0]["id"],
        "query_ids": [panther.all("/queries")[0]["id"]],
        "name": "Custom.New",
        "role": "Admin",
    }


@pytest.fixture
def account(panther):
    """The id of a cloud account, which the sandbox has none of at first."""
    given = {"awsAccountId": "210987654321", "label": "Kept", "awsScanConfig": {"auditRole": "arn:aws:iam::1:role/A"}}
    document = "mutation($i: CreateCloudAccountInput!) { createCloudAccount(input: $i) { cloudAccount { id } } }"
    made = panther.graphql(document, i=given)["createCloudAccount"]["cloudAccount"]["id"]
    yield made
    panther.graphql("mutation($i: DeleteCloudAccountInput!) { deleteCloudAccount(input: $i) { id } }", i={"id": made})


@pytest.mark.parametrize("name", WRITES)
async def test_a_read_only_token_writes_nothing_and_learns_what_it_lacks(reader, panther, name, account, secrets_dir):
    known = ids(panther, account)
    known["source_id"] = known["source_id"][SOURCES.get(name, "okta")]
    given = {
        param: known.get(param, value) for param, value in required(next(t for t in TOOLS if t.name == name)).items()
    }
    if name == "enable_detection":
        # One that is enabled already needs no permission.
        panther.put("/rules/Disabled.Rule", {"id": "Disabled.Rule", "body": "def rule(e): return 1", "severity": "LOW"})
        given["detection_id"] = "Disabled.Rule"
    before, files = held(panther), sorted(secrets_dir.glob("*"))
    tool = next(tool for tool in TOOLS if tool.name == name)
    needed = tool.permissions["all_of"] or tool.permissions["any_of"]
    joined = (" and " if tool.permissions["all_of"] else " or ").join(needed)
    error = await reader.refused(name, given)
    assert error == {
        "code": "permission_denied",
        "message": error["message"],
        "hint": (
            "The API token lacks the permission for this, or its allowed addresses (CIDR) leave this machine "
            "out. A Panther admin can change both under Settings > API Tokens."
        ),
        "details": {"missing_permissions": needed},
    }
    if name == "enable_detection":
        panther.delete("/rules/Disabled.Rule")
        before["/rules"] = [rule for rule in before["/rules"] if rule["id"] != "Disabled.Rule"]
    assert error["message"] in [f"Panther refused: {word}. {name} needs {joined}." for word in REFUSED]
    assert any(permission.endswith(("Modify", "Upload")) for permission in needed)
    assert held(panther) == before
    assert sorted(secrets_dir.glob("*")) == files, "a file for a secret that there is none of"


async def test_a_read_only_token_cannot_backtest(reader, panther):
    rule = panther.all("/rules")[0]["id"]
    error = await reader.refused("backtest_detection", detection_id=rule)
    assert (error["code"], "RuleModify" in error["message"]) == ("permission_denied", True)


async def test_a_read_only_token_cannot_run_panther_ai(reader, panther):
    alert_id = panther.alert("forwarded outside")["id"]
    error = await reader.refused("start_ai_alert_triage", alert_id=alert_id)
    assert (error["code"], error["details"]["missing_permissions"]) == ("permission_denied", ["RunPantherAI"])


async def test_a_read_only_token_reads(reader, mcp):
    for tool in ASKING:
        if not required(tool):
            # Without dates, metrics name their intervals by the time of the call.
            told, expected = await reader(tool.name), await mcp(tool.name)
            # Each call uses a token, which is noted.
            varies = tool.name in ("get_permissions", "list_api_tokens") or tool.toolset == "metrics"
            assert told == expected or varies
            assert told.keys() == expected.keys()
    assert (await reader("query_data_lake", sql="SELECT 1 AS one"))["rows"] == [{"one": 1}]
    assert all(name.endswith("Read") for name in (await reader("get_permissions"))["permissions"])


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_a_token_that_panther_does_not_know_is_unauthenticated(connect, panther, tool):
    async with connect(token="not-a-token-of-this-panther", instance_url=panther.url) as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert error["code"] == "unauthenticated"
        assert "PANTHER_API_TOKEN" in error["hint"]
        assert "retryable" not in error


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_every_tool_says_what_is_not_set(connect, tool):
    async with connect() as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["message"]) == ("unauthenticated", "This server has no API token for Panther.")
        assert "Set PANTHER_API_TOKEN" in error["hint"]
    async with connect(token="some-token") as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], "Set PANTHER_INSTANCE_URL" in error["hint"]) == ("unavailable", True)


@pytest.mark.parametrize("tool", ASKING, ids=lambda tool: tool.name)
async def test_every_tool_says_that_panther_cannot_be_reached(connect, tool):
    async with connect(token="some-token", instance_url=f"http://127.0.0.1:{free_port()}") as mcp:
        error = await mcp.refused(tool.name, required(tool))
        assert (error["code"], error["retryable"]) == ("unavailable", True)
        assert error["message"].startswith("No connection to 127.0.0.1:")
        assert "PANTHER_INSTANCE_URL" in error["hint"]


class Silent:
    """A console that accepts connections and never answers."""

    def __init__(self):
        self.connections = 0
        self.ended = asyncio.Event()

    async def handle(self, reader, writer):
        self.connections += 1
        await self.ended.wait()
        writer.close()


@pytest.fixture
async def silent():
    console = Silent()
    server = await asyncio.start_server(console.handle, "127.0.0.1", 0)
    console.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield console
    console.ended.set()
    server.close()
    await server.wait_closed()


SITUATIONS = {
    "nothing set": ({}, "unauthenticated", "PANTHER_API_TOKEN"),
    "no URL": ({"PANTHER_API_TOKEN": "tok"}, "unavailable", "PANTHER_INSTANCE_URL"),
    "no token": ({"PANTHER_INSTANCE_URL": "<silent>"}, "unauthenticated", "PANTHER_API_TOKEN"),
}


@pytest.mark.parametrize(("env", "code", "hint"), SITUATIONS.values(), ids=SITUATIONS)
async def test_the_process_lists_its_tools_whatever_is_wrong(opened, silent, tmp_path, env, code, hint):
    places = {"<silent>": silent.url}
    given = {name: places.get(value, value) for name, value in env.items()} | {
        "PANTHER_MCP_READ_TIMEOUT": "0.3",
        "PANTHER_MCP_TOOLSETS": "all",
        "PANTHER_MCP_CONFIRM": "never",
    }
    given |= {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    log = tmp_path / "stderr"
    begun = time.monotonic()
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp"], env=given, keep_alive=False, log_file=log)
    async with opened(Client(transport)) as mcp:
        assert len(mcp.tools) == len(TOOLS)
        assert silent.connections <= 1, "listing asks for the token's permissions at most"
        error = await mcp.refused("list_databases")
        assert time.monotonic() - begun < 15
    assert (error["code"], hint in error["hint"]) == (code, True)
    (line,) = read(log).splitlines()
    assert "Panther cannot be used. " in line


def read(path: Path) -> str:
    return path.read_text()

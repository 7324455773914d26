"""completion/complete through a real client: what is offered while a person types."""

import pytest
from fastmcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import PromptReference, ResourceTemplateReference

from panther_mcp import Secret, Settings, create_server

SCHEMA = "panther://schemas/{name}"
TABLE = "panther://tables/{database}/{table}"
QUERY = "panther://queries/{id}"
DETECTION = "panther://detections/{type}/{id}"


@pytest.fixture(params=["legacy", "2026-07-28"])
async def client(panther, request):
    settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), toolsets=("all",))
    async with Client(create_server(settings), mode=request.param) as opened:
        yield opened


async def offered(client, where, argument, typed="", **given):
    kind = ResourceTemplateReference(uri=where) if "://" in where else PromptReference(name=where)
    found = await client.complete_mcp(kind, {"name": argument, "value": typed}, given or None)
    assert found.completion.total == len(found.completion.values) or found.completion.has_more
    return found.completion.values


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_capability_is_declared(mode):
    async with Client(create_server(Settings()), mode=mode) as client:
        assert client.server_capabilities.completions is not None


async def test_schemas(client, panther):
    document = "{ schemas(input: {isArchived: false}) { edges { node { name } } } }"
    names = [edge["node"]["name"] for edge in panther.graphql(document)["schemas"]["edges"]]
    assert sorted(await offered(client, SCHEMA, "name")) == sorted(names)
    # Those that begin with what was typed stand first; upper and lower case are the same.
    assert await offered(client, SCHEMA, "name", "a") == sorted(
        (name for name in names if "a" in name.lower()), key=lambda name: not name.startswith("A")
    )
    assert await offered(client, "write-detection", "log_type", "okta") == ["Okta.SystemLog"]


async def test_tables_are_those_of_the_database_that_was_chosen(client):
    databases = await offered(client, TABLE, "database", "panther_")
    assert {"panther_logs.public", "panther_views.public"} <= set(databases)
    assert "okta_systemlog" in await offered(client, TABLE, "table", "okta")
    assert await offered(client, TABLE, "table", "", database="panther_views.public") == [
        "all_logs",
        "all_rule_matches",
    ]


async def test_queries_are_found_by_name_too(client, panther):
    query = next(one for one in panther.all("/queries") if "access keys" in one["name"])
    assert await offered(client, QUERY, "id", "access keys") == [query["id"]]
    assert await offered(client, QUERY, "id", query["id"][:8]) == [query["id"]]


async def test_detections_are_of_the_kind_that_was_chosen(client, panther):
    assert await offered(client, DETECTION, "type", "s") == ["simple_rules", "scheduled_rules", "rules", "policies"]
    rules = [one["id"] for one in panther.all("/rules")]
    assert sorted(await offered(client, DETECTION, "id", "", type="rules")) == sorted(rules)
    assert set(await offered(client, DETECTION, "id", "")) > set(rules)
    assert await offered(client, "tune-detection", "detection_id", "push") == ["Okta.MFA.PushFatigue"]


async def test_alerts_and_months(client, panther):
    alert = panther.alert("forwarded outside")
    assert await offered(client, "triage-alert", "alert_id", "forwarded outside") == [alert["id"]]
    assert await offered(client, "get-monthly-log-sources-report", "month", "ju") == ["June", "July"]


@pytest.mark.parametrize(
    ("where", "argument"),
    [
        ("nothing://{of}/ours", "of"),
        (SCHEMA, "nothing"),
        ("no-such-prompt", "month"),
        ("hunt", "hypothesis"),
        ("hunt", "nothing"),
    ],
)
async def test_nothing_is_offered_for_what_is_unknown_or_free(client, where, argument):
    assert await offered(client, where, argument) == []


async def test_nothing_is_offered_where_the_tool_is_not(panther):
    settings = Settings(
        instance_url=panther.url, api_token=Secret(panther.token), exclude_tools=("list_log_type_schemas",)
    )
    async with Client(create_server(settings)) as client:
        assert await offered(client, SCHEMA, "name") == []


async def test_completions_are_no_calls_of_the_session(client):
    await offered(client, SCHEMA, "name")
    assert (await client.call_tool("get_session_info")).structured_content["calls"] == 0


async def test_a_list_is_asked_for_once_while_a_person_types(connect, script):
    script.answers["ListDatabases"] = {"data": {"dataLakeDatabases": [{"name": "one"}, {"name": "two"}]}}
    async with connect(token="script-token-0123456789", rest_url=script.url) as caller:
        for typed, expected in (("", ["one", "two"]), ("t", ["two"]), ("tw", ["two"])):
            assert await offered(caller.client, TABLE, "database", typed) == expected
    assert script.times("ListDatabases") == 1


async def test_no_more_than_the_protocol_allows(connect, script):
    names = [{"name": f"d{number}"} for number in range(150)]
    script.answers["ListDatabases"] = {"data": {"dataLakeDatabases": names}}
    async with connect(token="script-token-0123456789", rest_url=script.url) as caller:
        reference = ResourceTemplateReference(uri=TABLE)
        found = (await caller.client.complete_mcp(reference, {"name": "database", "value": ""})).completion
    assert (len(found.values), found.total, found.has_more) == (100, 150, True)


async def test_a_failure_is_an_error_with_our_code(connect):
    async with connect() as caller:
        with pytest.raises(MCPError) as caught:
            await offered(caller.client, SCHEMA, "name")
    assert caught.value.error.data["code"] == "unauthenticated"
    assert "PANTHER_API_TOKEN" in caught.value.error.data["hint"]

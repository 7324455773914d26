"""Mounted in another server under a namespace: names, results, errors, sessions, and what is closed at the end."""

import json

import pytest
from fastmcp import Client, FastMCP
from mcp.shared.exceptions import MCPError

from panther_mcp import Secret, Settings, create_server
from panther_mcp.http import PantherHttp
from panther_overrides.resources import TEMPLATES

from ..fences import merged, read_fence, read_text


@pytest.fixture(params=["legacy", "2026-07-28"])
def mode(request):
    return request.param


@pytest.fixture
def settings(panther):
    return Settings(instance_url=panther.url, api_token=Secret(panther.token))


@pytest.fixture
async def client(settings, mode):
    parent = FastMCP("parent", mask_error_details=True)
    parent.mount(create_server(settings), namespace="ours")
    parent.mount(create_server(settings, toolsets=["users"]), namespace="people")
    async with Client(parent, mode=mode) as opened:
        yield opened


async def test_the_names_are_those_of_the_servers_with_the_namespace(client, settings):
    async with Client(create_server(settings)) as alone:
        tools = {f"ours_{tool.name}": tool for tool in await alone.list_tools()}
        prompts = {f"ours_{prompt.name}" for prompt in await alone.list_prompts()}
    listed = {tool.name: tool for tool in await client.list_tools()}
    assert listed.keys() == {*tools, "people_list_users", "people_get_user", "people_list_roles", "people_get_role"}
    for name, tool in tools.items():
        assert listed[name].input_schema == tool.input_schema
        assert listed[name].output_schema == tool.output_schema
        assert listed[name].annotations == tool.annotations
    assert {prompt.name for prompt in await client.list_prompts()} == prompts
    uris = {str(one.uri) for one in await client.list_resources()}
    assert {
        "config://ours/panther",
        "session://ours/info",
        "panther://ours/guide/sql",
        "config://people/panther",
    } <= uris
    templates = {one.uri_template for one in await client.list_resource_templates()}
    assert templates == {source.uri.replace("panther://", "panther://ours/") for source in TEMPLATES}


async def test_results_and_errors_are_the_same(client, settings, panther):
    alert = panther.alert("forwarded outside")["id"]
    async with Client(create_server(settings)) as alone:
        for tool, arguments in (
            ("get_alert", {"alert_id": alert}),
            ("get_alert", {}),
            ("get_detection", {"detection_id": "Nope"}),
        ):
            mounted = await client.call_tool(f"ours_{tool}", arguments, raise_on_error=False)
            direct = await alone.call_tool(tool, arguments, raise_on_error=False)
            assert read_text(mounted.content[0].text, mounted.meta) == mounted.structured_content
            for one in (mounted, direct):
                one.structured_content.get("error", {}).pop("request_id", None)
            assert (mounted.is_error, mounted.structured_content) == (direct.is_error, direct.structured_content)


async def test_a_tool_that_nobody_has_is_answered_by_the_server_around_it(client):
    for name in ("ours_get_allert", "get_alert", "people_get_alert", "ours_people_get_user"):
        result = await client.call_tool(name, raise_on_error=False)
        assert result.is_error
        assert name in result.content[0].text


async def test_prompts(client):
    text = (await client.get_prompt("ours_triage-alert", {"alert_id": "a1"})).messages[0].content.text
    assert 'Triage this alert: <input name="alert_id">"a1"</input>' in text
    with pytest.raises(MCPError) as caught:
        await client.get_prompt("ours_triage-alert", {})
    assert (caught.value.error.code, caught.value.error.data["code"]) == (-32602, "invalid_input")


async def test_resources(client, panther):
    (content,) = await client.read_resource("panther://ours/tables/panther_logs.public/okta_systemlog")
    asked = {"database_name": "panther_logs.public", "table_name": "okta_systemlog"}
    told = merged(*read_fence(content.text)[:2])
    assert told == (await client.call_tool("ours_get_table_schema", asked)).structured_content
    (content,) = await client.read_resource("config://people/panther")
    assert json.loads(content.text)["toolsets"] == ["users"]
    with pytest.raises(MCPError) as caught:
        await client.read_resource("panther://ours/detections/rules/Nope")
    error = caught.value.error
    assert (error.code, error.data["code"]) == (-32602, "not_found")
    assert error.data["message"].startswith("There is no detection 'Nope'")


async def test_each_server_counts_its_own_sessions(client):
    await client.call_tool("people_list_users")
    await client.call_tool("ours_get_user", raise_on_error=False)
    (ours,), (people,) = [await client.read_resource(f"session://{name}/info") for name in ("ours", "people")]
    ours, people = json.loads(ours.text), json.loads(people.text)
    assert (ours["calls"], ours["errors"], ours["calls_by_tool"]) == (1, 1, {"get_user": 1})
    assert (people["calls"], people["errors"], people["calls_by_tool"]) == (1, 0, {"list_users": 1})


async def test_two_clients_of_the_server_around_it_have_sessions_of_their_own(settings):
    parent = FastMCP("parent", mask_error_details=True)
    parent.mount(create_server(settings), namespace="ours")
    async with Client(parent, mode="legacy") as one, Client(parent, mode="legacy") as two:
        await one.call_tool("ours_get_session_info")
        told = [(await each.call_tool("ours_get_session_info")).structured_content for each in (one, two)]
    assert [(each["scope"], each["calls"]) for each in told] == [("connection", 1), ("connection", 0)]


async def test_the_connections_close_with_the_server_around_it_and_can_be_opened_again(settings, monkeypatch):
    closed = []
    close = PantherHttp.aclose

    async def noted(http):
        await close(http)
        closed.append(http)

    monkeypatch.setattr(PantherHttp, "aclose", noted)
    parent = FastMCP("parent", mask_error_details=True)
    parent.mount(create_server(settings), namespace="ours")
    parent.mount(create_server(settings), namespace="other")
    for times in (1, 2):
        async with Client(parent) as client:
            for name in ("ours", "other"):
                assert (await client.call_tool(f"{name}_list_databases")).structured_content["databases"]
            assert len(closed) == 2 * (times - 1)
        assert len(closed) == 2 * times
    assert len(set(closed)) == 2


async def test_discovery_works_within_a_namespace(settings, mode):
    parent = FastMCP("parent", mask_error_details=True)
    parent.mount(
        create_server(Settings(instance_url=settings.instance_url, api_token=settings.api_token, discovery=True)),
        "ours",
    )
    async with Client(parent, mode=mode) as client:
        assert [tool.name for tool in await client.list_tools()] == ["ours_search_tools", "ours_call_tool"]
        found = (await client.call_tool("ours_search_tools", {"query": "list_databases"})).structured_content
        (tool,) = found["tools"]
        called = await client.call_tool("ours_call_tool", {"name": tool["name"]})
        assert called.structured_content["databases"]
        wrong = await client.call_tool("ours_call_tool", {"name": "get_allert"}, raise_on_error=False)
        assert wrong.structured_content["error"]["code"] == "not_found"
        assert "get_alert" in wrong.structured_content["error"]["hint"]


async def test_what_a_program_takes_away_cannot_be_called(settings, mode):
    server = create_server(settings)
    server.disable(names={"list_users"})
    async with Client(server, mode=mode) as client:
        assert "list_users" not in {tool.name for tool in await client.list_tools()}
        result = await client.call_tool("list_users", raise_on_error=False)
        assert (result.is_error, result.structured_content["error"]["code"]) == (True, "not_found")
        assert not (await client.call_tool("list_roles", raise_on_error=False)).is_error

"""Discovery mode through a real client: a short list that leads to every tool, and calls that are the same."""

import dataclasses
import json
import os
import sys

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_mcp import Secret, Settings, create_server
from panther_mcp.catalog import read_catalog
from panther_mcp.discovery import Discovery
from panther_mcp.registry import load_overrides, register
from panther_mcp.tool_ranking import Described, Ranking
from panther_mcp.untrusted.protection import Protection

CATALOG = read_catalog()
REGISTERED = register(CATALOG, load_overrides(CATALOG))
NAMES = {tool.name for tool in REGISTERED}
MOST_BYTES = 1_500
MOST_BYTES_FOUND = 10_000
# What an analyst would type, and the tools that would do.
ASKED = {
    "alerts": "list_alerts",
    "open critical alerts of the last week": "list_alerts",
    "incidents of today": "list_alerts",
    "log events behind an alert": "get_alert_events",
    "runbook": "get_alert",
    "close false positives": "update_alert_status bulk_update_alerts",
    "mark an alert as resolved": "update_alert_status bulk_update_alerts",
    "update many alerts at once": "bulk_update_alerts",
    "comment on an alert": "add_alert_comment",
    "what have people said about this alert": "list_alert_comments",
    "assign alert to a colleague": "update_alert_assignee",
    "run sql": "query_data_lake",
    "query the data lake": "query_data_lake",
    "search an ip address in the logs": "query_data_lake",
    "columns of a table": "get_table_schema",
    "which tables are there": "list_database_tables",
    "what databases exist": "list_databases",
    "find a detection rule by name": "list_detections",
    "list all rules": "list_detections",
    "policies": "list_detections",
    "read the python code of a rule": "get_detection",
    "what may this token do": "get_permissions",
    "which rules are noisy": "get_rule_alert_metrics",
    "number of alerts by severity": "get_severity_alert_metrics",
    "how much data do we ingest": "get_bytes_processed_metrics",
    "which log sources are silent": "list_log_sources",
    "webhook source configuration": "get_http_log_source",
    "fields of a log type": "get_log_type_schema_details",
    "list schemas": "list_log_type_schemas",
    "users": "list_users",
    "look up a person": "list_users get_user",
    "roles": "list_roles",
    "saved queries": "list_scheduled_queries get_scheduled_query",
    "ai triage of an alert": "start_ai_alert_triage get_ai_alert_triage_summary",
    "global helper functions": "list_global_helpers get_global_helper",
    "data model mappings": "get_data_model list_data_models",
    "session statistics": "get_session_info",
}


@pytest.fixture(params=["legacy", "2026-07-28"])
async def client(panther, request):
    settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), toolsets=("all",), discovery=True)
    async with Client(create_server(settings, standalone=True), mode=request.param) as opened:
        yield opened


@pytest.fixture
async def plain(panther):
    settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), toolsets=("all",))
    async with Client(create_server(settings)) as opened:
        yield opened


async def search(client, query, **more):
    result = await client.call_tool("search_tools", {"query": query, **more})
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def called(client, name, arguments=None):
    """The result of a call through call_tool, with what says whether it failed."""
    given = {"name": name} if arguments is None else {"name": name, "arguments": arguments}
    result = await client.call_tool("call_tool", given, raise_on_error=False)
    return result.is_error, result.structured_content


async def test_the_list_is_two_tools_and_short(client):
    listed = (await client.list_tools_mcp()).tools
    assert [tool.name for tool in listed] == ["search_tools", "call_tool"]
    entries = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in listed]
    assert len(json.dumps(entries, separators=(",", ":"))) < MOST_BYTES
    assert not any("_meta" in entry or "outputSchema" in entry for entry in entries)


@pytest.mark.parametrize("how", [(["--discovery"], {}), ([], {"PANTHER_MCP_DISCOVERY": "true"})], ids=["flag", "env"])
async def test_the_process_takes_it_as_a_flag_or_a_variable(how):
    arguments, env = how
    env = env | {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    transport = StdioTransport(sys.executable, ["-m", "panther_mcp", *arguments], env=env, keep_alive=False)
    async with Client(transport) as client:
        assert [tool.name for tool in await client.list_tools()] == ["search_tools", "call_tool"]


async def test_the_instructions_say_how_to_go_on():
    async with Client(create_server(Settings(discovery=True)), mode="legacy") as client:
        assert "search_tools" in client.instructions
    async with Client(create_server(Settings()), mode="legacy") as client:
        assert "search_tools" not in client.instructions


async def test_each_tool_is_found_by_its_name_and_as_it_is_listed_otherwise(client, plain):
    for tool in await plain.list_tools():
        (found,) = (await search(client, f"the tool {tool.name}, please"))["tools"]
        assert found == {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
    names = sorted(NAMES)[:5]
    assert [one["name"] for one in (await search(client, ", ".join(names)))["tools"]] == names


async def test_what_people_ask_for_is_among_the_first(client):
    missed = []
    for query, wanted in ASKED.items():
        found = await search(client, query)
        assert len(json.dumps(found)) < MOST_BYTES_FOUND
        if not set(wanted.split()) & {one["name"] for one in found["tools"]}:
            missed.append((query, [one["name"] for one in found["tools"]]))
    # Words can be ambiguous; nine in ten is what makes the search worth trusting.
    assert len(missed) <= len(ASKED) // 10, missed


async def test_the_limit_holds_and_more_are_named(client):
    found = await search(client, "alert", limit=2)
    assert len(found["tools"]) == 2
    assert 1 <= len(found["more_names"]) <= 8
    assert not {one["name"] for one in found["tools"]} & set(found["more_names"])


@pytest.mark.parametrize("query", ["zzzz", "the of", "\u202e", "x" * 1_000])
async def test_where_nothing_fits_all_names_are_told(client, query):
    assert await search(client, query) == {"tools": [], "all_names": sorted(NAMES)}


async def test_a_call_is_the_same_as_a_direct_one(client, plain, panther):
    alert = panther.alert("forwarded outside")["id"]
    calls = (
        ("get_alert", {"alert_id": alert}),
        ("list_databases", None),
        ("get_alert", {}),
        ("get_alert", {"alert": alert}),
        ("get_detection", {"detection_id": "Nope"}),
        ("query_data_lake", {"sql": "SELEC 1"}),
    )
    for name, arguments in calls:
        direct = await plain.call_tool(name, arguments or {}, raise_on_error=False)
        failed, told = await called(client, name, arguments)
        hidden = await client.call_tool(name, arguments or {}, raise_on_error=False)
        for one in (told, direct.structured_content, hidden.structured_content):
            for own in ("details", "request_id"):  # a query has an id of its own, and a call
                one.get("error", {}).pop(own, None)
        assert (failed, told) == (direct.is_error, direct.structured_content)
        assert told == hidden.structured_content


async def test_a_call_counts_once_and_as_the_tool(client):
    await called(client, "list_databases")
    await search(client, "alerts")
    failed, told = await called(client, "get_session_info")
    assert not failed
    assert told["calls_by_tool"] == {"list_databases": 1}


async def test_arguments_as_json_text_are_taken(client):
    assert (await called(client, "query_data_lake", '{"sql": "SELECT 1 AS one"}'))[1]["rows"] == [{"one": 1}]


WRONG = {
    "an unknown tool": ("call_tool", {"name": "get_allert"}, "not_found", "There is no tool 'get_allert'."),
    "no name": ("call_tool", {}, "invalid_input", "name: this argument is required"),
    "a typing error": ("call_tool", {"name": "x", "args": {}}, "invalid_input", "did you mean arguments?"),
    "a list": ("call_tool", {"name": "get_alert", "arguments": [1]}, "invalid_input", "arguments: Input should be"),
    "bad JSON": ("call_tool", {"name": "get_alert", "arguments": "{"}, "invalid_input", "arguments is no JSON object"),
    "JSON of a list": ("call_tool", {"name": "get_alert", "arguments": "[]"}, "invalid_input", "Input should be"),
    "itself": ("call_tool", {"name": "call_tool"}, "invalid_input", "cannot be called through call_tool"),
    "the search": ("call_tool", {"name": "search_tools"}, "invalid_input", "cannot be called through call_tool"),
    "no query": ("search_tools", {}, "invalid_input", "query: this argument is required"),
    "too long": ("search_tools", {"query": "x" * 1_001}, "invalid_input", "query: String should have at most 1000"),
    "too many": ("search_tools", {"query": "x", "limit": 99}, "invalid_input", "limit: Input should be less than"),
}


@pytest.mark.parametrize(("tool", "arguments", "code", "message"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_is_told_as_always(client, tool, arguments, code, message):
    result = await client.call_tool(tool, arguments, raise_on_error=False)
    assert result.is_error
    assert result.structured_content["error"]["code"] == code
    assert message in result.structured_content["error"]["message"]


async def test_only_the_chosen_toolsets_are_searched_and_called():
    async with Client(create_server(Settings(toolsets=("users",), discovery=True))) as client:
        assert (await search(client, "zzzz"))["all_names"] == ["get_role", "get_user", "list_roles", "list_users"]
        failed, told = await called(client, "query_data_lake")
        assert (failed, told["error"]["code"]) == (True, "not_found")
        assert "search_tools names the tools there are" in told["error"]["hint"]
        (tool, _) = await client.list_tools()
        assert tool.description.endswith("Topics: Users.")


def annotations(*effects):
    tools = [
        dataclasses.replace(REGISTERED[0], catalog=dataclasses.replace(REGISTERED[0].catalog, effect=effect))
        for effect in effects
    ]
    return Discovery(tools, (), Protection())._make_call_tool().annotations.model_dump(exclude_none=True)


def test_call_tool_says_what_the_worst_of_its_tools_does():
    assert annotations("read", "read") == {"read_only_hint": True}
    assert annotations("read", "write") == {"destructive_hint": False}
    assert annotations("read", "write", "destructive") == {"destructive_hint": True}


async def test_prompts_say_how_to_call_what_is_not_listed(client):
    text = (await client.get_prompt("shift-handover")).messages[0].content.text
    assert text.endswith("are called through `call_tool`; `search_tools` tells their arguments.")


def test_a_hundred_tools_cost_no_more(client):
    tools = [
        dataclasses.replace(tool, catalog=dataclasses.replace(tool.catalog, name=f"{tool.name}_{number}"))
        for number in range(4)
        for tool in REGISTERED
    ]
    titles = [toolset["title"] for toolset in CATALOG["toolsets"].values()]
    made = Discovery(tools, titles, Protection())
    entries = [tool.to_mcp_tool().model_dump_json(exclude_none=True) for tool in (made._search_tool, made._call_tool)]
    assert len(tools) > 100
    assert sum(map(len, entries)) < MOST_BYTES


def test_names_of_other_tools_in_a_description_do_not_count():
    ranking = Ranking(
        [
            Described("get_alert", "Read one. For its events use read_events. Example: {}", {}),
            Described("read_events", "Read the events.", {}),
        ]
    )
    assert next(name for name, _ in ranking.best("events")) == "read_events"
    assert Ranking([]).best("events") == []

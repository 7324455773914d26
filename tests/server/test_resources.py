"""The resources through a real client, in both generations of the protocol, against the sandbox's own answers."""

import json
import re
from urllib.parse import quote

import pytest
from fastmcp import Client
from mcp.shared.exceptions import MCPError

from panther_mcp import Secret, Settings, create_server
from panther_mcp.installation import package_version
from panther_overrides.resources import GUIDES, TEMPLATES

from ..fences import merged, read_fence

OWN = ["config://panther", "session://info", "metrics://panther"]
GUIDE = GUIDES[0].text()
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(params=["legacy", "2026-07-28"])
async def client(panther, request):
    settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), toolsets=("all",), sql_guard="off")
    async with Client(create_server(settings), mode=request.param) as opened:
        yield opened


async def read(client, uri):
    (content,) = await client.read_resource(uri)
    fenced = content.text.startswith("<untrusted ")
    template = uri.startswith("panther://")
    assert (str(content.uri), content.mime_type) == (uri, "text/plain" if template else "application/json")
    return merged(*read_fence(content.text)[:2]) if fenced else json.loads(content.text)


async def refused(client, uri):
    with pytest.raises(MCPError) as caught:
        await client.read_resource(uri)
    error = caught.value.error
    assert error.data["uri"] == uri
    assert error.data["message"] in error.message
    assert error.data["hint"] in error.message
    return error.code, error.data["code"], error.data["message"]


async def test_all_are_listed(client):
    listed = (await client.list_resources_mcp()).resources
    assert [str(one.uri) for one in listed] == [*OWN, "panther://guide/sql"]
    assert [one.mime_type for one in listed] == ["application/json"] * 3 + ["text/markdown"]
    templates = (await client.list_resource_templates_mcp()).resource_templates
    assert [one.uri_template for one in templates] == [source.uri for source in TEMPLATES]
    for one in (*listed, *templates):
        assert one.name
        assert one.description.endswith(".")
        assert not one.meta


async def test_the_configuration_is_told_without_the_token(client, panther):
    told = await read(client, "config://panther")
    assert told == {
        "server": {"name": "panther-mcp", "version": package_version()},
        "panther": {"url": panther.url, "api_token": "set", "verify_tls": True},
        "transport": "in-process",
        "toolsets": sorted(told["toolsets"]),
        "tools": len(await client.list_tools()),
        "writes": True,
        "discovery": False,
    }
    assert panther.token not in json.dumps(told)
    async with Client(create_server(Settings(toolsets=("users",), discovery=True))) as other:
        told = await read(other, "config://panther")
    assert told["panther"] == {"api_token": "not set", "verify_tls": True}
    assert (told["toolsets"], told["writes"], told["discovery"]) == (["users"], False, True)


async def test_the_session_is_told_as_the_tool_tells_it(client):
    await client.call_tool("get_user", raise_on_error=False)
    told = await read(client, "session://info")
    assert (told["calls"], told["errors"], told["calls_by_tool"]) == (1, 1, {"get_user": 1})
    assert (await client.call_tool("get_session_info")).structured_content == told


async def test_each_template_is_a_tools_result(client, panther):
    query = panther.all("/queries")[0]["id"]
    rule = panther.all("/rules")[0]["id"]
    cases = {
        "panther://schemas/AWS.CloudTrail": ("get_log_type_schema_details", {"schema_names": ["AWS.CloudTrail"]}),
        "panther://tables/panther_logs.public/okta_systemlog": (
            "get_table_schema",
            {"database_name": "panther_logs.public", "table_name": "okta_systemlog"},
        ),
        f"panther://queries/{query}": ("get_scheduled_query", {"query_id": query}),
        f"panther://detections/rules/{rule}": (
            "get_detection",
            {"detection_id": rule, "detection_type": ["rules"]},
        ),
    }
    assert len(cases) == len(TEMPLATES)
    for uri, (tool, arguments) in cases.items():
        assert await read(client, uri) == (await client.call_tool(tool, arguments)).structured_content
    # Reading counts as the call that it is.
    assert (await read(client, "session://info"))["calls"] == 2 * len(cases)


async def test_an_id_with_odd_characters_is_one_id(client, panther):
    odd = "Odd/Id ?#%é"
    body = "def rule(event):\n    return False\n"
    panther.put(
        f"/rules/{quote(odd, safe='')}",
        {"id": odd, "body": body, "severity": "LOW", "logTypes": ["Okta.SystemLog"], "enabled": False},
    )
    try:
        found = await read(client, f"panther://detections/rules/{quote(odd, safe='')}")
    finally:
        panther.delete(f"/rules/{quote(odd, safe='')}")
    assert [one["id"] for one in found["detections"]] == [odd]


WRONG = {
    "an unknown id": ("panther://detections/rules/Nope", -32602, "not_found", "There is no detection 'Nope'"),
    "an unknown kind": ("panther://detections/rule/Nope", -32602, "invalid_input", "detection_type.0: Input should be"),
    "an unknown schema": ("panther://schemas/aws.cloudtrail", -32602, "not_found", "There is no log type schema"),
    "an unknown table": ("panther://tables/panther_logs.public/nope", -32602, "not_found", ""),
    "no resource": ("panther://tables/panther_logs.public", -32602, "not_found", "There is no resource 'panther://tab"),
    "another scheme": ("config://other", -32602, "not_found", "There is no resource 'config://other'."),
    "a way up": ("panther://queries/..%2Fapi-tokens", -32602, "not_found", "There is no resource"),
}


@pytest.mark.parametrize(("uri", "number", "code", "message"), WRONG.values(), ids=WRONG)
async def test_what_fails_is_an_error_with_our_code(client, caplog, uri, number, code, message):
    found = await refused(client, uri)
    assert found[:2] == (number, code)
    assert found[2].startswith(message) or message in found[2]
    assert "Traceback" not in caplog.text


async def test_a_missing_permission_is_named(connect, script):
    script.answers["GetTableSchema"] = (200, {"errors": [{"message": "access denied"}]})
    async with connect(token="script-token-0123456789", rest_url=script.url) as caller:
        number, code, message = await refused(caller.client, "panther://tables/a/b")
    assert (number, code) == (-32603, "permission_denied")
    assert "get_table_schema needs DataAnalyticsRead" in message


async def test_a_defect_of_ours_is_not_told(client, monkeypatch, caplog):
    monkeypatch.setattr("panther_mcp.runner._import", lambda target: {}["s3cret"])
    number, code, message = await refused(client, "panther://tables/a/b")
    assert (number, code) == (-32603, "internal")
    assert "s3cret" not in message
    assert "KeyError: 's3cret'" in caplog.text


async def offered(**settings):
    async with Client(create_server(Settings(**settings))) as client:
        templates = [one.uri_template for one in await client.list_resource_templates()]
        return [str(one.uri) for one in await client.list_resources()], templates


async def test_what_needs_a_tool_is_offered_where_the_tool_is():
    assert await offered(toolsets=("users",)) == (OWN, [])
    resources, templates = await offered(toolsets=("data_lake",), exclude_tools=("query_data_lake",))
    assert resources == OWN
    assert templates == ["panther://tables/{database}/{table}"]
    async with Client(create_server(Settings(toolsets=("users",)))) as client:
        for uri in ("panther://guide/sql", "panther://queries/1"):
            assert (await refused(client, uri))[1] == "not_found"


async def test_the_guide_is_a_text(client):
    (content,) = await client.read_resource("panther://guide/sql")
    assert (content.text, content.mime_type) == (GUIDE, "text/markdown")
    assert len(GUIDE) < 8_000
    assert len(QUERIES) >= 12


@pytest.mark.parametrize("sql", QUERIES, ids=range(1, len(QUERIES) + 1))
async def test_each_query_of_the_guide_runs(client, sql):
    found = (await client.call_tool("query_data_lake", {"sql": sql})).structured_content
    assert found["rows"], "an example that finds nothing teaches nothing"
    assert "p_occurs_" in sql


async def test_the_guides_macros_and_operators_work_as_it_says(client):
    for condition in (
        "p_occurs_since('7 d')",
        "p_occurs_between('2026-03-01', '2026-03-02T12:00:00Z')",
        "p_occurs_after('2026-03-01')",
        "p_occurs_before('2036-03-01')",
        "p_occurs_around('2026-03-01T12:00:00Z', '15 m')",
        "p_occurs_since('7 d', a, p_parse_time)",
        "eventName ILIKE '%get%' OR eventName RLIKE 'Get.*' OR errorCode IS DISTINCT FROM 'x'",
        "requestParameters:maxKeys::int > 1 OR DATEDIFF(minute, p_event_time, p_parse_time) > 5",
    ):
        sql = f"SELECT COUNT(*) AS n FROM aws_cloudtrail a WHERE {condition}"
        assert (await client.call_tool("query_data_lake", {"sql": sql})).structured_content["row_count"] == 1

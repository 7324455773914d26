"""Which tools are offered: toolsets and tools by name, and what is said of a name that is none."""

import pytest
from fastmcp import Client

from panther_mcp import Settings, create_server
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.errors import SettingsError

CATALOG = read_catalog()
TOOLS = {tool.name: tool for tool in catalog_tools(CATALOG)}
DEFAULT = {tool.name for tool in TOOLS.values() if CATALOG["toolsets"][tool.toolset]["default"]}


def of(*toolsets: str) -> set[str]:
    return {tool.name for tool in TOOLS.values() if tool.toolset in toolsets}


async def offered(settings: Settings, **more: list[str]) -> set[str]:
    async with Client(create_server(settings, **more)) as client:
        return {tool.name for tool in await client.list_tools()}


CHOICES = {
    "nothing asked": ({}, DEFAULT),
    "default": ({"PANTHER_MCP_TOOLSETS": "default"}, DEFAULT),
    "all": ({"PANTHER_MCP_TOOLSETS": "all"}, set(TOOLS)),
    "two": ({"PANTHER_MCP_TOOLSETS": " alerts, Data_Lake ,"}, of("alerts", "data_lake")),
    "one and a tool": (
        {"PANTHER_MCP_TOOLSETS": "alerts", "PANTHER_MCP_TOOLS": "get_user"},
        of("alerts") | {"get_user"},
    ),
    "tools alone": ({"PANTHER_MCP_TOOLS": "get_user,list_alerts"}, {"get_user", "list_alerts"}),
    "without some": ({"PANTHER_MCP_EXCLUDE_TOOLS": "get_user,list_alerts"}, DEFAULT - {"get_user", "list_alerts"}),
    "exclusion wins": (
        {"PANTHER_MCP_TOOLS": "get_user,get_role", "PANTHER_MCP_EXCLUDE_TOOLS": "get_user"},
        {"get_role"},
    ),
    "empty": ({"PANTHER_MCP_TOOLSETS": " , "}, DEFAULT),
}


@pytest.mark.parametrize(("environment", "expected"), CHOICES.values(), ids=CHOICES)
async def test_what_is_asked_for_is_offered(environment, expected):
    assert await offered(Settings.resolve(environment)) == expected


async def test_a_library_names_toolsets_itself():
    assert await offered(Settings(toolsets=("users",)), toolsets=["alerts"]) == of("alerts")


async def test_a_tool_that_is_not_offered_cannot_be_called(connect):
    async with connect(toolsets=("users",)) as caller:
        error = await caller.refused("list_alerts")
        assert error["code"] == "not_found"
        assert "There is no tool 'list_alerts'" in error["message"]


WRONG = {
    "a toolset": ({"toolsets": ("alert",)}, ["there is no toolset 'alert': did you mean 'alerts'? The toolsets are "]),
    "a tool": ({"tools": ("get_alrt",)}, ["there is no tool 'get_alrt': did you mean 'get_alert'? The tools are "]),
    "an excluded one": ({"exclude_tools": ("zzz",)}, ["there is no tool 'zzz': The tools are add_alert_comment, "]),
    "both at once": (
        {"toolsets": ("zzz",), "tools": ("yyy",)},
        ["there is no toolset 'zzz'", "there is no tool 'yyy'"],
    ),
    "nothing left": ({"tools": ("get_user",), "exclude_tools": ("get_user",)}, ["no tool is left"]),
}


@pytest.mark.parametrize(("chosen", "messages"), WRONG.values(), ids=WRONG)
def test_a_wrong_choice_is_an_error_that_lists_what_there_is(chosen, messages):
    with pytest.raises(SettingsError) as caught:
        create_server(Settings(**chosen))
    assert len(caught.value.problems) == len(messages)
    for problem, message in zip(caught.value.problems, messages, strict=True):
        assert problem.startswith(message)

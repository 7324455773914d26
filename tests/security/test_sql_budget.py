"""How much may be scanned: sizes, what a query is expected to cost, and what happens at the end of the budget."""

from typing import Any

import pytest
from fastmcp import Client

from panther_mcp import Secret, create_server
from panther_mcp.errors import BlockedByPolicy, SettingsError
from panther_mcp.settings import Settings
from panther_mcp.sql_guard import ScanBudget, ScanCosts
from panther_mcp.sql_guard.budget import bytes_of, size_of

SQL = "SELECT COUNT(*) AS n FROM {table} WHERE p_occurs_since('1 d')"


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("500", 500), ("2k", 2_000), ("1.5 GB", 1_500_000_000), ("50gb", 50_000_000_000), ("1TiB", 1 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert bytes_of(text) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "many", "5 XB", "1e9", "0.1", "5 G B"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        bytes_of(text)


def test_sizes_for_people() -> None:
    assert [size_of(count) for count in (0, 999, 1_500, 2_000_000, 3.2e12, 5e15)] == [
        "0 bytes",
        "999 bytes",
        "1.5 kB",
        "2 MB",
        "3.2 TB",
        "5 PB",
    ]


def test_a_query_is_expected_to_cost_what_the_same_tables_have_cost() -> None:
    costs = ScanCosts()
    assert costs.estimate(["a"]) is None
    costs.record(["a"], 100)
    costs.record(["b", "a"], 600)
    costs.record(["a"], 40)
    assert costs.estimate(["a"]) == 100
    assert costs.estimate(["a", "b"]) == 600
    assert costs.estimate(["b"]) == 300
    assert costs.estimate(["b", "c"]) == 300
    assert costs.estimate(["c"]) is None


def test_a_query_that_would_exceed_the_budget_is_refused_before() -> None:
    budget = ScanBudget(1_000)
    budget.scanned = 600
    with budget.reserved(400) as warning:
        assert warning is None
    with pytest.raises(BlockedByPolicy) as raised, budget.reserved(600):
        pass
    assert raised.value.details == {"rule": "sql_scan_budget", "scanned": 600, "budget": 1_000, "expected": 600}
    assert raised.value.message == (
        "600 bytes of this session's budget of 1 kB are scanned, and this query is expected to scan 600 bytes."
    )
    budget.scanned = 1_100
    assert budget.left == 0
    with pytest.raises(BlockedByPolicy), budget.reserved(0):
        pass


def test_queries_side_by_side_do_not_each_take_what_is_left() -> None:
    budget = ScanBudget(1_000)
    with budget.reserved(600):
        with (
            pytest.raises(BlockedByPolicy, match=r"600 bytes more are expected of queries that run"),
            budget.reserved(600),
        ):
            pass
        with budget.reserved(400) as warning:
            assert warning is None
    with budget.reserved(600) as warning:
        assert warning is None


def test_the_modes() -> None:
    for mode, told in (("warn", True), ("off", False)):
        budget = ScanBudget(100, mode)
        budget.scanned = 100
        with budget.reserved(1) as warning:
            assert bool(warning) == told
    with ScanBudget(None).reserved(10**15) as warning:
        assert warning is None


async def test_through_mcp(connect: Any, panther: Any) -> None:
    settings = {"token": panther.token, "instance_url": panther.url, "sql_guard": "enforce"}
    async with connect(**settings) as mcp:
        cost = (await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog")))["bytes_scanned"]
        assert "bytes_left" not in await mcp("get_session_info")
    assert cost > 0
    async with connect(**settings, max_bytes=cost * 2) as mcp:
        for spent in (1, 2):
            await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
            told = await mcp("get_session_info")
            assert (told["bytes_scanned"], told["bytes_left"]) == (cost * spent, cost * (2 - spent))
        error = await mcp.refused("query_data_lake", sql=SQL.format(table="aws_vpcflow"))
        assert (error["code"], error["details"]["rule"]) == ("blocked_by_policy", "sql_scan_budget")
        assert (await mcp("query_data_lake", sql="SELECT 1 AS one"))["rows"] == [{"one": 1}]
    async with connect(**settings | {"sql_guard": "warn"}, max_bytes=1) as mcp:
        await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        found = await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        assert "of this session's budget of 1 bytes" in found["warnings"][0]


async def test_each_session_has_a_budget_of_its_own_and_learns_from_the_others(panther: Any) -> None:
    settings = {"instance_url": panther.url, "api_token": Secret(panther.token), "toolsets": ("all",)}
    sql = {"sql": SQL.format(table="okta_systemlog")}
    async with Client(create_server(Settings(**settings)), mode="legacy") as client:
        cost = (await client.call_tool("query_data_lake", sql)).structured_content["bytes_scanned"]
    server = create_server(Settings(**settings, max_bytes=cost + cost // 2))
    async with Client(server, mode="legacy") as one, Client(server, mode="legacy") as two:
        await one.call_tool("query_data_lake", sql)
        refused = await one.call_tool_mcp("query_data_lake", sql)
        assert refused.structured_content["error"]["details"]["expected"] == cost
        assert not (await two.call_tool_mcp("query_data_lake", sql)).is_error
        assert (await two.call_tool_mcp("query_data_lake", sql)).is_error


SPENDING = {
    "investigate_entity": {"entity": "203.0.113.7"},
    "search_indicators": {"indicators": ["203.0.113.7"], "indicator_type": "p_any_ip_addresses"},
    "get_alert_event_stats": {"alert_ids": ["{alert}"]},
    "get_alert_actor_activity": {"alert_id": "{alert}"},
    "backtest_detection": {"detection_id": "{rule}"},
}


@pytest.mark.parametrize("tool", SPENDING)
async def test_whatever_queries_the_lake_is_held_to_the_budget(connect: Any, panther: Any, tool: str) -> None:
    facts = {"{alert}": panther.alert("forwarded outside")["id"], "{rule}": panther.all("/rules")[0]["id"]}
    arguments = {
        name: [facts.get(one, one) for one in value] if isinstance(value, list) else facts.get(value, value)
        for name, value in SPENDING[tool].items()
    }
    settings = {"token": panther.token, "instance_url": panther.url, "sql_guard": "enforce"}
    async with connect(**settings, max_bytes=1) as mcp:
        await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        asked = [query["id"] for query in panther.queries("")]
        error = await mcp.refused(tool, arguments)
        assert (error["code"], error["details"]["rule"]) == ("blocked_by_policy", "sql_scan_budget")
        assert [query["id"] for query in panther.queries("")] == asked, "no query was started"


def test_the_settings() -> None:
    assert (Settings.resolve({}).sql_guard, Settings.resolve({}).max_bytes) == ("enforce", None)
    settings = Settings.resolve({"PANTHER_MCP_SQL_GUARD": "Warn", "PANTHER_MCP_MAX_BYTES": "50 GB"})
    assert (settings.sql_guard, settings.max_bytes) == ("warn", 50_000_000_000)
    with pytest.raises(SettingsError) as raised:
        Settings.resolve({"PANTHER_MCP_SQL_GUARD": "maybe", "PANTHER_MCP_MAX_BYTES": "much"})
    assert len(raised.value.problems) == 2

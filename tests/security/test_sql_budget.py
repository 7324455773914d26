"""How much may be scanned: sizes, what a query is expected to cost, and what happens at the end of the budget."""

from typing import Any

import pytest

from panther_mcp.errors import BlockedByPolicy, SettingsError
from panther_mcp.settings import Settings
from panther_mcp.sql_guard import ScanBudget
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
    budget = ScanBudget()
    assert budget.estimate(["a"]) is None
    budget.record(["a"], 100)
    budget.record(["b", "a"], 600)
    budget.record(["a"], 40)
    assert budget.estimate(["a"]) == 100
    assert budget.estimate(["a", "b"]) == 600
    assert budget.estimate(["b"]) == 300
    assert budget.estimate(["b", "c"]) == 300
    assert budget.estimate(["c"]) is None
    assert budget.scanned == 740


def test_a_query_that_would_exceed_the_budget_is_refused_before() -> None:
    budget = ScanBudget(1_000)
    budget.record(["a"], 600)
    assert budget.check(["b"]) is None
    with pytest.raises(BlockedByPolicy) as raised:
        budget.check(["a"])
    assert raised.value.details == {"rule": "sql_scan_budget", "scanned": 600, "budget": 1_000, "expected": 600}
    assert raised.value.message == (
        "600 bytes of the budget of 1 kB are scanned, and this query is expected to scan 600 bytes."
    )
    assert budget.check([]) is None, "what reads no table costs nothing"
    budget.record(["b"], 500)
    with pytest.raises(BlockedByPolicy):
        budget.check(["never read before"])


def test_the_modes() -> None:
    for mode, told in (("warn", True), ("off", False)):
        budget = ScanBudget(100, mode)
        budget.record(["a"], 100)
        assert bool(budget.check(["a"])) == told
    assert ScanBudget(None).check(["a"]) is None


async def test_through_mcp(connect: Any, panther: Any) -> None:
    settings = {"token": panther.token, "instance_url": panther.url, "sql_guard": "enforce"}
    async with connect(**settings) as mcp:
        cost = (await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog")))["bytes_scanned"]
    assert cost > 0
    async with connect(**settings, max_bytes=cost * 2) as mcp:
        for _ in range(2):
            await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        error = await mcp.refused("query_data_lake", sql=SQL.format(table="aws_vpcflow"))
        assert (error["code"], error["details"]["rule"]) == ("blocked_by_policy", "sql_scan_budget")
        assert (await mcp("query_data_lake", sql="SELECT 1 AS one"))["rows"] == [{"one": 1}]
    async with connect(**settings | {"sql_guard": "warn"}, max_bytes=1) as mcp:
        await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        found = await mcp("query_data_lake", sql=SQL.format(table="okta_systemlog"))
        assert "of the budget of 1 bytes" in found["warnings"][0]


def test_the_settings() -> None:
    assert (Settings.resolve({}).sql_guard, Settings.resolve({}).max_bytes) == ("enforce", None)
    settings = Settings.resolve({"PANTHER_MCP_SQL_GUARD": "Warn", "PANTHER_MCP_MAX_BYTES": "50 GB"})
    assert (settings.sql_guard, settings.max_bytes) == ("warn", 50_000_000_000)
    with pytest.raises(SettingsError) as raised:
        Settings.resolve({"PANTHER_MCP_SQL_GUARD": "maybe", "PANTHER_MCP_MAX_BYTES": "much"})
    assert len(raised.value.problems) == 2

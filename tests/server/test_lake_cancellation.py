"""Calls that start several queries, or searches: given up, they leave nothing running in Panther."""

import asyncio
from datetime import UTC, datetime

import pytest

from panther_sandbox.server import SandboxServer

from .conftest import Panther
from .lake import history, running


@pytest.fixture(scope="module")
def own():
    """A sandbox in which every query runs until it is cancelled."""
    with SandboxServer(faults=["query=stuck"]) as address:
        answers = Panther(address.instance_url, address.api_token, address.read_only_token)
        yield answers
        answers.close()


@pytest.fixture
async def mcp(own, connect):
    async with connect(token=own.token, instance_url=own.url) as caller:
        yield caller


SLOW = {
    "investigate_entity": ({"entity": "203.0.113.77"}, 3),
    "search_indicators": ({"indicators": ["203.0.113.77"]}, 1),
    "get_alert_actor_activity": ({"alert_id": None}, 1),
    "get_alert_event_stats": ({"alert_ids": None}, 3),
}


def arguments(own, given):
    ids = [alert["id"] for alert in own.all("/alerts", limit=50)][:2]
    return {name: value or (ids if name == "alert_ids" else ids[0]) for name, value in given.items()}


@pytest.mark.parametrize("tool", SLOW)
@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_cancelled_call_leaves_nothing_running(connect, own, until, tool, mode):
    given, queries = SLOW[tool]
    asked = arguments(own, given)
    since = datetime.now(UTC).isoformat()
    async with connect(token=own.token, instance_url=own.url, mode=mode) as mcp:
        calling = asyncio.create_task(mcp.client.call_tool_mcp(tool, asked))
        await until(lambda: len(running(own, since)) >= queries, "they start")
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await until(lambda: running(own, since) == [], "they end")
        assert {query["status"] for query in history(own, since)} == {"cancelled"}
        assert len(history(own, since)) == queries


@pytest.mark.parametrize("tool", ["search_indicators", "get_alert_actor_activity"])
async def test_a_search_that_is_late_is_stopped(mcp, own, tool):
    since = datetime.now(UTC).isoformat()
    error = await mcp.refused(tool, arguments(own, SLOW[tool][0]) | {"timeout": 1})
    assert (error["code"], error["message"]) == ("timeout", "The query did not finish within 1 s and was cancelled.")
    assert [query["status"] for query in history(own, since)] == ["cancelled"]

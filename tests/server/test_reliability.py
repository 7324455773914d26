"""Faults of the sandbox, through MCP: what is repeated and what is not, who waits, and what a client is told."""

import asyncio

import httpx2
import pytest

from panther_mcp import Secret, Settings
from panther_mcp.catalog import read_catalog
from panther_mcp.http import PantherHttp
from panther_mcp.registry import load_overrides, register
from panther_mcp.resilience.dispatcher import Dispatcher
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Requester
from panther_mcp.sessions import Session
from panther_mcp.untrusted.protection import Protection


class Faults:
    """The faults of the sandbox, for all requests until the test ends."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx2.Client(base_url=url, headers={"X-API-Key": token}, trust_env=False, timeout=30)

    def __call__(self, *specs: str) -> None:
        assert self._http.put("/sandbox/faults", json={"faults": list(specs)}).status_code == 200

    def happened(self) -> list[int]:
        return [fault["happened"] for fault in self._http.get("/sandbox/faults").json()["faults"]]

    def close(self) -> None:
        self._http.delete("/sandbox/faults")
        self._http.close()


@pytest.fixture
def faults(panther):
    made = Faults(panther.url, panther.token)
    yield made
    made.close()


async def test_a_read_survives_what_passes(mcp, faults):
    faults("status=503;times=1;operation=/roles", "reset;times=1;operation=/roles")
    assert (await mcp("list_roles"))["roles"]
    assert faults.happened() == [1, 1]


async def test_a_change_whose_answer_is_lost_is_made_once(mcp, panther, faults):
    alert = panther.all("/alerts", limit=50)[0]["id"]
    before = panther.rest("/alert-comments", **{"alert-id": alert})["results"]
    faults("reset;when=after;operation=createAlertComment")
    error = await mcp.refused("add_alert_comment", alert_id=alert, comment="looked at it, once")
    assert "unknown" in error["hint"]
    assert faults.happened() == [1]
    assert len(panther.rest("/alert-comments", **{"alert-id": alert})["results"]) == len(before) + 1


async def test_a_change_that_was_turned_away_is_made(mcp, panther, faults):
    alert = panther.all("/alerts", limit=50)[0]["id"]
    faults("status=429;times=2;operation=createAlertComment")
    assert await mcp("add_alert_comment", alert_id=alert, comment="looked at it, at last")
    assert faults.happened() == [2]


async def test_a_token_that_is_not_accepted_is_sent_once(connect, panther, faults):
    async with connect(
        token="not-a-token-of-this-panther", instance_url=panther.url, permission_gating="off"
    ) as caller:
        faults("latency=0;operation=rest")
        for _ in range(5):
            assert (await caller.refused("list_roles"))["code"] == "unauthenticated"
        assert faults.happened() == [1]


async def test_one_sessions_crowd_does_not_keep_another_waiting(script, until):
    script.answers = {name: {"results": [], "next": None} for name in ("GET /roles", "GET /data-models")}
    settings = Settings(rest_url=script.url, api_token=Secret("script-token-0123456789"), max_concurrency=1)
    dispatcher = Dispatcher(settings)
    http = PantherHttp(settings, dispatcher)
    runner = ToolRunner(http, Protection(tools=[], tokens=[], redact=True))
    catalog = read_catalog()
    tools = {tool.name: tool for tool in register(catalog, load_overrides(catalog), "never")}

    def call(tool: str, session: Session) -> asyncio.Task[object]:
        return asyncio.create_task(runner.run(tools[tool], {}, Requester(unheard, session)))

    script.open.clear()
    one, other = Session(), Session()
    calls = [call("list_roles", one) for _ in range(20)]
    await until(lambda: dispatcher.waiting == 19, "all but one wait")
    calls.append(call("list_data_models", other))
    await until(lambda: dispatcher.waiting == 20, "the other session's waits too")
    script.open.set()
    await asyncio.gather(*calls)
    await http.aclose()
    assert [name for name, _ in script.asked].index("GET /data-models") == 2


async def unheard(*_: object) -> None:
    """Tell nobody."""


async def test_a_part_of_bulk_work_that_is_uncertain_is_told_as_such(mcp, panther, faults):
    alerts = [alert["id"] for alert in panther.all("/alerts", limit=50)[:3]]
    before = [panther.rest("/alert-comments", **{"alert-id": one})["results"] for one in alerts]
    faults("reset;when=after;times=1;operation=createAlertComment")
    done = await mcp("bulk_update_alerts", alert_ids=alerts, comment="a part of one case")
    (failed,) = done["failed"]
    assert sorted([*done["commented"], failed["alert_id"]]) == sorted(alerts)
    assert "unknown" in failed["hint"]
    after = [panther.rest("/alert-comments", **{"alert-id": one})["results"] for one in alerts]
    assert [len(now) - len(then) for now, then in zip(after, before, strict=True)] == [1, 1, 1]

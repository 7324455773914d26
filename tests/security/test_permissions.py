"""What the token may not do is not offered, or said; and the report that tells what a token needs."""

import asyncio
import os
import subprocess
import sys
import time
from typing import Any

import pytest

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.token_permissions import TokenPermissions, missing

CATALOG = read_catalog()
TOOLS = {tool.name: tool for tool in catalog_tools(CATALOG)}


def granted(panther: Any) -> frozenset[str]:
    import httpx2

    answer = httpx2.get(f"{panther.url}/api-tokens/self", headers={"X-API-Key": panther.read_only_token})
    return frozenset(answer.json()["permissions"])


async def test_a_token_that_may_all_sees_all(mcp: Any) -> None:
    assert mcp.tools.keys() == TOOLS.keys()


async def test_what_the_token_may_not_do_is_hidden_but_still_answers(panther: Any, connect: Any) -> None:
    usable = {name for name, tool in TOOLS.items() if not missing(tool, granted(panther))}
    async with connect(token=panther.read_only_token, instance_url=panther.url) as caller:
        assert caller.tools.keys() == usable
        error = await caller.refused("add_alert_comment", alert_id="a", comment="b")
    assert "add_alert_comment" not in usable
    assert (error["code"], error["details"]["missing_permissions"]) == ("permission_denied", ["AlertModify"])


async def test_what_is_missing_is_said(panther: Any, connect: Any) -> None:
    async with connect(token=panther.read_only_token, instance_url=panther.url, permission_gating="explain") as caller:
        assert caller.tools.keys() == TOOLS.keys()
        for name, tool in caller.tools.items():
            lacking = missing(TOOLS[name], granted(panther))
            said = f"NOT USABLE: the token lacks {', '.join(lacking)}. "
            assert tool.description.startswith(said) == bool(lacking)


async def test_nothing_is_asked_when_it_is_off(script: Any, connect: Any) -> None:
    async with connect(token="t" * 20, rest_url=script.url, permission_gating="off") as caller:
        assert caller.tools.keys() == TOOLS.keys()
    assert script.asked == []


ODD = {
    "an error": (500, {}),
    "no JSON": b"<html>",
    "no permissions": {"id": "x"},
    "null": b"null",
    "a list": [[]],
    "permissions of another kind": {"permissions": "all"},
}


@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
async def test_a_panther_that_does_not_tell_hides_nothing(script: Any, connect: Any, answer: Any) -> None:
    script.answers["GET /api-tokens/self"] = answer
    async with connect(token="t" * 20, rest_url=script.url) as caller:
        assert caller.tools.keys() == TOOLS.keys()


async def test_a_silent_panther_holds_the_list_up_once_and_briefly() -> None:
    asked = 0

    async def silent(*_: str) -> bytes:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        return b""

    permissions = TokenPermissions(silent)
    assert await permissions.known(0.05) is None
    begun = time.monotonic()
    assert await permissions.known(5) is None
    assert time.monotonic() - begun < 1
    assert asked == 1
    await permissions.aclose()


async def test_permissions_are_remembered_for_a_while() -> None:
    now, asked = 0.0, 0

    async def answer(*_: str) -> bytes:
        nonlocal asked
        asked += 1
        return b'{"permissions": ["AlertRead", "NewerThanUs"]}'

    permissions = TokenPermissions(answer, lambda: now)
    for _ in range(3):
        assert await permissions.known() == {"AlertRead", "NewerThanUs"}
    assert asked == 1
    now = 301.0
    await permissions.known()
    assert asked == 2


def test_any_of_several_is_enough() -> None:
    tool = TOOLS["list_detections"]
    assert missing(tool, frozenset({"RuleRead"})) == ()
    assert missing(tool, frozenset({"PolicyRead"})) == ()
    assert missing(tool, frozenset()) == ("RuleRead", "PolicyRead")


def run_report(url: str, token: str, **more: str) -> tuple[int, list[str]]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    env = kept | {"PANTHER_INSTANCE_URL": url, "PANTHER_API_TOKEN": token} | more
    done = subprocess.run(
        [sys.executable, "-m", "panther_mcp", "permissions"], env=env, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines()


def test_the_report_of_a_token_that_lacks_something(panther: Any) -> None:
    status, lines = run_report(panther.url, panther.read_only_token)
    assert status == 0
    assert "metrics: SummaryRead" in lines
    assert "alerts: AlertModify, AlertRead, DataAnalyticsRead" in lines
    assert "  to read only: AlertRead, DataAnalyticsRead" in lines
    assert "  add_alert_comment needs AlertModify" in lines
    (lacks,) = (line for line in lines if line.startswith("The token lacks: "))
    assert "AlertModify" in lacks


def test_the_report_of_a_token_that_has_enough(panther: Any) -> None:
    status, lines = run_report(panther.url, panther.token, PANTHER_MCP_TOOLSETS="metrics")
    assert status == 0
    assert "alerts (not offered): AlertModify, AlertRead, DataAnalyticsRead" in lines
    assert "For what is offered now: SummaryRead" in lines
    assert "The token lacks: nothing" in lines
    assert "AlertModify" in lines[-1]


def test_the_report_says_what_is_needed_even_when_the_token_is_refused(panther: Any) -> None:
    status, lines = run_report(panther.url, "no-such-token")
    assert status == 1
    assert "metrics: SummaryRead" in lines
    assert lines[-1].startswith("What the token has is unknown. Panther does not accept")

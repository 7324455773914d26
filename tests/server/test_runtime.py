"""What generated tools call, over a real client and wire: collect, poll, and the runner around a tool."""

import asyncio
import dataclasses

import pytest

from panther_client.graphql.input_types import DataLakeDatabaseTablesInput
from panther_mcp.catalog import read_catalog
from panther_mcp.errors import BlockedByPolicy, DeadlineExceeded, InternalError, InvalidInput, UpstreamError
from panther_mcp.http import PantherHttp
from panther_mcp.registry import load_overrides, register
from panther_mcp.results import JsonObject
from panther_mcp.runner import ToolRunner
from panther_mcp.runtime import Call, Requester, ToolFunction, backoff, collect, poll
from panther_mcp.sessions import Session
from panther_mcp.settings import Secret, Settings
from panther_mcp.untrusted.protection import Protection
from panther_overrides.model import Rule

from ..fences import read_text


@pytest.fixture
async def http(script):
    made = PantherHttp(Settings(rest_url=script.url, api_token=Secret("script-token-0123456789")))
    yield made
    await made.aclose()


@pytest.fixture
def heard():
    return []


@pytest.fixture
def call(http, heard):
    async def hear(*progress: object) -> None:
        heard.append(progress)

    def none(name: str) -> ToolFunction:
        pytest.fail(f"no workflow {name} is asked for")

    return Call(http, tool="test", workflows=none, requester=Requester(hear, Session()), gate=None)


def tables(*names: str, cursor: str | None = None) -> JsonObject:
    info = {"hasNextPage": cursor is not None, "endCursor": cursor}
    return {"data": {"dataLakeDatabaseTables": {"edges": [{"node": {"name": n}} for n in names], "pageInfo": info}}}


COLLECTED = {
    "one page": ([tables("a")], 5, {"tables": ["a"]}),
    "some pages": ([tables("a", cursor="1"), tables("b", cursor="2"), tables("c")], 5, {"tables": ["a", "b", "c"]}),
    "an empty page between": ([tables("a", cursor="1"), tables(cursor="2"), tables("c")], 5, {"tables": ["a", "c"]}),
    "as many as may be": ([tables("a", cursor="1"), tables("b")], 2, {"tables": ["a", "b"]}),
    "more on the page": ([tables("a", "b", "c")], 2, {"tables": ["a", "b"], "truncated": True}),
    "more pages": ([tables("a", "b", cursor="1")], 2, {"tables": ["a", "b"], "truncated": True}),
    "a cursor that stays": ([tables("a", cursor="1"), tables("b", cursor="1")], 9, {"tables": ["a", "b"]}),
}


@pytest.mark.parametrize(("answers", "limit", "expected"), COLLECTED.values(), ids=COLLECTED)
async def test_collect(script, call, answers, limit, expected):
    script.answers["ListDatabaseTables"] = list(answers)

    def fetch(cursor: str | None) -> object:
        asked = DataLakeDatabaseTablesInput(databaseName="d", cursor=cursor)
        return call.graphql.list_database_tables(input=asked)

    found = await collect(fetch, "tables", limit=limit)
    assert {**found, "tables": [table["name"] for table in found["tables"]]} == expected
    cursors = [variables["input"].get("cursor") for _, variables in script.asked]
    assert cursors == [None, "1", "2"][: len(answers)]


def stream(*, finished: bool = False, **more: object) -> JsonObject:
    return {"data": {"aiInferenceStream": {"streamId": "s1", "finished": finished, **more}}}


async def polled(call, *, timeout: float) -> JsonObject:
    from panther_client.graphql.get_ai_stream import GetAIStreamAiInferenceStream

    started = GetAIStreamAiInferenceStream(streamId="s1")
    asked = lambda run: call.graphql.get_ai_stream(streamId=run)  # noqa: E731 - as generated tools write it
    return await poll(call, started, "streamId", asked, until="finished", error="error", timeout=timeout)


async def test_poll_reads_until_the_run_ends_and_drops_what_steers(script, call, heard):
    script.answers["GetAIStream"] = [
        stream(),
        stream(responseText="so"),
        stream(finished=True, responseText="so be it"),
    ]
    assert await polled(call, timeout=30) == {"streamId": "s1", "responseText": "so be it"}
    assert [(total, message) for _, total, message in heard] == [(30, "waiting for Panther")] * 2


async def test_poll_ends_with_the_reason_of_a_failed_run(script, call):
    script.answers["GetAIStream"] = [stream(), stream(error="overloaded")]
    with pytest.raises(UpstreamError, match="The run s1 failed: overloaded"):
        await polled(call, timeout=30)


@pytest.mark.parametrize("answer", [stream(), {"data": {"aiInferenceStream": None}}], ids=["unfinished", "nothing"])
async def test_poll_gives_up_at_the_timeout(script, call, answer):
    script.answers["GetAIStream"] = answer
    with pytest.raises(DeadlineExceeded, match=r"The run s1 did not finish within 0\.2 s\.") as caught:
        await polled(call, timeout=0.2)
    assert caught.value.retryable


async def test_the_first_waits_are_short(call):
    sleep, begun = backoff(), asyncio.get_running_loop().time()
    for _ in range(3):
        await sleep(10)
    assert 0.09 <= asyncio.get_running_loop().time() - begun < 2


async def test_a_wait_ends_with_the_time_left():
    sleep, begun = backoff(), asyncio.get_running_loop().time()
    for _ in range(20):
        await sleep(0.001)
    assert asyncio.get_running_loop().time() - begun < 1


@pytest.fixture
def tool():
    """The tool get_user as it is registered."""
    catalog = read_catalog()
    (found,) = (tool for tool in register(catalog, load_overrides(catalog)) if tool.name == "get_user")
    return found


async def run(http: PantherHttp, tool: object) -> JsonObject:
    async def silent(*_: object) -> None:
        """Nobody listens."""

    sent = await ToolRunner(http, Protection()).run(tool, {"user_id": "u1"}, Requester(silent, Session()))
    assert read_text(sent.text, sent.meta) == sent.structured
    return sent.structured


def ruled(tool, apply):
    return dataclasses.replace(tool, rules=(Rule("test", ("user_id",), "A rule of this test.", apply),))


async def test_rules_see_validated_arguments_and_may_change_them(script, http, tool):
    script.answers["GetUser"] = {"data": {"userById": {"id": "u2"}}}
    assert await run(http, ruled(tool, lambda arguments: {"user_id": arguments["user_id"] + "-x"})) == {"id": "u2"}
    assert script.asked == [("GetUser", {"id": "u1-x"})]


async def test_a_rule_that_refuses_sends_nothing(script, http, tool):
    def refuse(arguments):
        raise BlockedByPolicy("No.", details={"rule": "test"})

    with pytest.raises(BlockedByPolicy, match=r"No\."):
        await run(http, ruled(tool, refuse))
    assert script.asked == []


async def test_a_defect_of_ours_is_internal_and_logged_but_not_told(http, tool, caplog):
    with pytest.raises(InternalError) as caught:
        await run(http, ruled(tool, lambda arguments: arguments["s3cret"]))
    assert caught.value.message == "get_user failed for a reason of its own (KeyError)."
    assert "s3cret" not in str(caught.value)
    assert "Traceback" in caplog.text


async def test_a_tool_with_a_timeout_of_its_own_ends_then(script, http, tool):
    late = dataclasses.replace(tool, catalog=dataclasses.replace(tool.catalog, timeout=0))
    script.answers["GetUser"] = {"data": {"userById": {"id": "u1"}}}
    with pytest.raises(DeadlineExceeded, match="get_user took longer than 0 s"):
        await run(http, late)


async def test_arguments_are_checked_before_rules(http, tool):
    never = ruled(tool, lambda arguments: pytest.fail("the rule ran"))

    async def silent(*_: object) -> None:
        """Nobody listens."""

    with pytest.raises(InvalidInput):
        await ToolRunner(http, Protection()).run(never, {"user_id": 5}, Requester(silent, Session()))

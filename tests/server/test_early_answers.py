"""The early answers are the framework's own, for every protocol version and every setting that changes them."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

from panther_mcp.offer import offer
from panther_mcp.server import create_server
from panther_mcp.settings import Secret, Settings
from panther_mcp.stdio.early_answers import HANDSHAKE_VERSIONS, EarlyAnswers

PATIENCE = 30
CLIENT = {"name": "t", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": CLIENT,
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
MODERN_DISCOVER = {"jsonrpc": "2.0", "id": "d", "method": "server/discover", "params": {"_meta": META}}
MODERN_LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": META}}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


def initialize(version: str = "2025-11-25", **capabilities: Any) -> dict[str, Any]:
    params = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": CLIENT}
    return {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}


def line(message: Any) -> bytes:
    return json.dumps(message).encode() + b"\n"


def early(settings: Settings, granted: frozenset[str] | None = None) -> Callable[[Any], Any]:
    answers = EarlyAnswers(settings, offer(settings), granted)

    def to(message: Any) -> Any:
        answer = answers.to(line(message))
        return json.loads(answer) if answer else answer

    return to


@asynccontextmanager
async def framework(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> AsyncIterator[Callable[[Any], Any]]:
    """The framework on its own stdio transport, between two pipes."""
    (their_in, our_out), (our_in, their_out) = os.pipe(), os.pipe()
    with (
        os.fdopen(their_in, "rb") as stdin,
        os.fdopen(their_out, "wb") as stdout,
        os.fdopen(our_in, "rb") as answers,
        os.fdopen(our_out, "wb", buffering=0) as requests,
    ):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stdin))
        monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=stdout))
        serving = asyncio.ensure_future(create_server(settings).run_async(transport="stdio", show_banner=False))

        async def to(message: Any) -> Any:
            requests.write(line(message))
            if "id" not in message:
                return b""
            return json.loads(await asyncio.wait_for(asyncio.to_thread(answers.readline), PATIENCE))

        try:
            yield to
        finally:
            requests.close()
            await asyncio.wait_for(serving, PATIENCE)


@pytest.mark.parametrize("version", HANDSHAKE_VERSIONS)
@pytest.mark.parametrize(
    "capabilities",
    [
        {},
        {"roots": {"listChanged": True}, "sampling": {}, "elicitation": {"form": {}}},
        {"tools": True, "prompts": False, "logging": None, "roots": {"listChanged": False}},
    ],
    ids=["none", "known", "unknown"],
)
async def test_each_version_of_the_handshake(monkeypatch, version, capabilities):
    settings = Settings(permission_gating="off")
    ours = early(settings)
    async with framework(monkeypatch, settings) as theirs:
        for message in (initialize(version, **capabilities), INITIALIZED, LIST, {**LIST, "params": {}}):
            assert ours(message) == await theirs(message)


async def test_the_protocol_without_a_handshake(monkeypatch):
    settings = Settings(permission_gating="off")
    ours = early(settings)
    async with framework(monkeypatch, settings) as theirs:
        logged = {**MODERN_LIST, "params": {"_meta": {**META, "io.modelcontextprotocol/logLevel": "debug"}}}
        for message in (MODERN_DISCOVER, MODERN_LIST, MODERN_DISCOVER, logged):
            assert ours(message) == await theirs(message)


FLAGS = {
    "toolsets": {"toolsets": ("alerts", "data_lake")},
    "all": {"toolsets": ("all",)},
    "tools": {"tools": ("get_alert", "create_detection")},
    "exclude_tools": {"exclude_tools": ("get_alert",)},
    "read_only": {"toolsets": ("all",), "read_only": True},
    "confirm always": {"toolsets": ("all",), "confirm": "always"},
    "confirm never": {"toolsets": ("all",), "confirm": "never"},
}


@pytest.mark.parametrize("flags", FLAGS.values(), ids=FLAGS.keys())
async def test_each_flag_that_changes_the_list(monkeypatch, flags):
    settings = Settings(permission_gating="off", **flags)
    ours = early(settings)
    async with framework(monkeypatch, settings) as theirs:
        for message in (initialize(), INITIALIZED, LIST):
            assert ours(message) == await theirs(message)


@pytest.mark.parametrize("gating", ["hide", "explain"])
async def test_the_token_s_permissions_change_the_list_alike(monkeypatch, panther, gating):
    token = Secret(panther.read_only_token)
    settings = Settings(instance_url=panther.url, api_token=token, permission_gating=gating, toolsets=("all",))
    answer = httpx2.get(f"{panther.url}/api-tokens/self", headers={"X-API-Key": panther.read_only_token})
    granted = frozenset(answer.json()["permissions"])
    ours = early(settings, granted)
    async with framework(monkeypatch, settings) as theirs:
        for message in (initialize(), INITIALIZED, LIST):
            assert ours(message) == await theirs(message)


@pytest.mark.parametrize(
    ("settings", "granted"),
    [
        (Settings(permission_gating="off", discovery=True), None),
        (Settings(permission_gating="hide"), None),
        (Settings(permission_gating="explain"), None),
    ],
)
async def test_a_list_that_is_not_known_is_left_to_the_framework(monkeypatch, settings, granted):
    ours = early(settings, granted)
    async with framework(monkeypatch, settings) as theirs:
        assert ours(initialize()) == await theirs(initialize())
    assert ours(INITIALIZED) == b""
    assert ours(LIST) is None
    assert early(settings, granted)(MODERN_LIST) is None


GREETED = (initialize(), INITIALIZED)
DEEP = json.loads('{"a":' * 150 + "{}" + "}" * 150)
LEFT = {
    "a list before the handshake": (LIST,),
    "a list before the handshake is over": (initialize(), LIST),
    "a second handshake": (initialize(), initialize()),
    "a second end of it": (*GREETED, INITIALIZED),
    "its end alone": (INITIALIZED,),
    "an unknown version": (initialize("1999-01-01"),),
    "the version without a handshake": (initialize("2026-07-28"),),
    "a handshake without a name": ({**initialize(), "params": {**initialize()["params"], "clientInfo": {}}},),
    "a handshake with more": ({**initialize(), "params": {**initialize()["params"], "_meta": {}}},),
    "odd capabilities": (initialize(roots=1),),
    "odd flags": (initialize(roots={"listChanged": "yes"}),),
    "deep capabilities": (initialize(experimental=DEEP),),
    "both ways": (MODERN_LIST, initialize()),
    "both ways, the other way": (*GREETED, MODERN_LIST),
    "a page of the list": (*GREETED, {**LIST, "params": {"cursor": "x"}}),
    "a list with a token of progress": (*GREETED, {**LIST, "params": {"_meta": {"progressToken": 1}}}),
    "a modern request with more": ({**MODERN_LIST, "params": {"_meta": META, "cursor": "x"}},),
    "a level that there is not": (
        {**MODERN_LIST, "params": {"_meta": {**META, "io.modelcontextprotocol/logLevel": "loud"}}},
    ),
    "a call": (*GREETED, {**LIST, "method": "tools/call"}),
    "a ping": (*GREETED, {**LIST, "method": "ping"}),
    "a cancellation": (*GREETED, {**INITIALIZED, "method": "notifications/cancelled", "params": {"requestId": 2}}),
    "no version of JSON-RPC": ({"id": 1, "method": "initialize", "params": initialize()["params"]},),
    "an id of true": ({**initialize(), "id": True},),
    "an id of nothing": ({**initialize(), "id": None},),
    "an id of a half": ({**initialize(), "id": 0.5},),
    "a member too many": ({**initialize(), "x": 1},),
    "params in a row": ({**initialize(), "params": []},),
    "a batch": ([initialize()],),
    "no object": (1,),
}


@pytest.mark.parametrize("messages", LEFT.values(), ids=LEFT.keys())
def test_what_is_not_quite_a_known_request_is_left_to_the_framework(messages):
    ours = early(Settings(permission_gating="off"))
    *before, last = messages
    for message in before:
        assert ours(message) is not None
    assert ours(last) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"{\n",
        b"\xff\n",
        b'{"jsonrpc":"2.0","id":NaN,"method":"initialize"}\n',
        b"[" * 100_000 + b"\n",
        line(initialize()).replace(b'"t"', b'"\\ud800"'),
        line(initialize()).replace(b", ", b",\r "),
        line(initialize()).replace(b'"t"', b'"' + b"t" * 70_000 + b'"'),
    ],
)
def test_what_is_no_sound_text_is_left_to_the_framework(text):
    settings = Settings(permission_gating="off")
    assert EarlyAnswers(settings, offer(settings), None).to(text) is None


def test_the_handshake_is_told_again_and_nothing_else():
    settings = Settings(permission_gating="off")
    answers = EarlyAnswers(settings, offer(settings), None)
    for message in (*GREETED, LIST, LIST):
        answers.to(line(message))
    assert answers.replay == line(initialize()) + line(INITIALIZED)
    assert (answers.handshake, answers.has_listed) == (0, True)

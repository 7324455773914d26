"""The process as it is on the wire: nothing but JSON-RPC on stdout, an end of input that ends everything."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import panther_overrides

from ..fences import read_text

PATIENCE = 30
OLDEST, NEWEST = "2024-11-05", "2025-11-25"


class Process:
    """A server process, spoken to line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._ids = iter(range(1, 1_000))

    def send(self, line: bytes | dict[str, object]) -> None:
        text = line if isinstance(line, bytes) else json.dumps({"jsonrpc": "2.0", **line}).encode()
        self.process.stdin.write(text + b"\n")

    async def ask(self, method: str, params: dict[str, object] | None = None) -> dict:
        """Send a request and return its answer; every line until then must be a notification."""
        number = next(self._ids)
        self.send({"id": number, "method": method, "params": params or {}})
        while True:
            answer = await self.line()
            if "id" in answer:
                assert answer["id"] == number
                return answer
            assert answer["method"].startswith("notifications/")

    async def line(self) -> dict:
        """Return the next line."""
        answer = json.loads(await asyncio.wait_for(self.process.stdout.readline(), PATIENCE))
        assert answer["jsonrpc"] == "2.0"
        return answer

    async def greet(self, version: str = NEWEST) -> dict:
        client = {"capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        answer = await self.ask("initialize", {"protocolVersion": version, **client})
        self.send({"method": "notifications/initialized"})
        return answer["result"]

    async def end(self) -> tuple[int, str, str]:
        """End the input; return the exit status and what was left on stdout and stderr."""
        self.process.stdin.close()
        out, err = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def started(**env: str) -> AsyncIterator[Process]:
    pipe = asyncio.subprocess.PIPE
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "panther_mcp", stdin=pipe, stdout=pipe, stderr=pipe, env=known | env, limit=1 << 24
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def server(panther) -> AsyncIterator[Process]:
    env = {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token, "LOG_LEVEL": "DEBUG"}
    async with started(**env) as process:
        yield process


async def test_stdout_holds_json_rpc_alone_and_the_end_of_input_ends_it(server, panther):
    greeting = await server.greet()
    assert greeting["serverInfo"]["name"] == "panther"
    assert "list_alerts" in greeting["instructions"]
    listed = (await server.ask("tools/list"))["result"]["tools"]
    assert "get_alert" in [tool["name"] for tool in listed]
    calls = [
        ("get_permissions", {}, False),
        ("query_data_lake", {"sql": "SELECT 1 AS one"}, False),
        ("query_data_lake", {"sql": "SELEC 1"}, True),
        ("get_detection", {"detection_id": "../api-tokens/self"}, True),
        ("no_such_tool", {}, True),
    ]
    for tool, arguments, fails in calls:
        result = (await server.ask("tools/call", {"name": tool, "arguments": arguments}))["result"]
        assert result.get("isError", False) is fails
        assert read_text(result["content"][0]["text"], result.get("_meta")) == result["structuredContent"]
    status, out, err = await server.end()
    assert (status, out) == (0, "")
    assert "call_tool" in err
    assert panther.token not in err
    assert "Traceback" not in err


async def test_the_oldest_protocol_is_served(server):
    assert (await server.greet(OLDEST))["protocolVersion"] == OLDEST
    assert not (await server.ask("tools/call", {"name": "list_databases"}))["result"].get("isError")


async def test_the_protocol_without_a_handshake_is_served(server):
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    found = (await server.ask("server/discover", {"_meta": meta}))["result"]
    assert "2026-07-28" in found["supportedVersions"]
    called = (await server.ask("tools/call", {"name": "list_databases", "arguments": {}, "_meta": meta}))["result"]
    assert called["structuredContent"]["databases"]


async def test_prompts_resources_and_completions_are_served_and_their_errors_leave_no_traceback(server, panther):
    await server.greet()
    prompts = (await server.ask("prompts/list"))["result"]["prompts"]
    assert "triage-alert" in [prompt["name"] for prompt in prompts]
    got = await server.ask("prompts/get", {"name": "triage-alert", "arguments": {"alert_id": "a1"}})
    assert '<input name="alert_id">"a1"</input>' in got["result"]["messages"][0]["content"]["text"]
    (content,) = (await server.ask("resources/read", {"uri": "config://panther"}))["result"]["contents"]
    told = json.loads(content["text"])
    assert (told["transport"], told["panther"]) == (
        "stdio",
        {"url": panther.url, "api_token": "set", "verify_tls": True},
    )
    completed = await server.ask(
        "completion/complete",
        {
            "ref": {"type": "ref/resource", "uri": "panther://schemas/{name}"},
            "argument": {"name": "name", "value": "Ok"},
        },
    )
    assert completed["result"]["completion"]["values"] == ["Okta.SystemLog"]
    for method, params, code in (
        ("prompts/get", {"name": "triage-alert"}, "invalid_input"),
        ("prompts/get", {"name": "nope"}, "not_found"),
        ("resources/read", {"uri": "panther://detections/rules/nope"}, "not_found"),
        ("resources/read", {"uri": "nothing://there"}, "not_found"),
    ):
        assert (await server.ask(method, params))["error"]["data"]["code"] == code
    status, _, err = await server.end()
    assert status == 0
    assert "Traceback" not in err
    assert panther.token not in err


DEEP = b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}}"
REFUSED = {
    b"nonsense": (None, -32700),
    b"{": (None, -32700),
    b"\xff\xfe": (None, -32700),
    b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\\ud800"}}': (None, -32700),
    b'{"jsonrpc":"2.0","id":7,"method":"ping","params":{"a":"\xe9"}}': (None, -32700),
    DEEP: (None, -32700),
    b"[]": (None, -32600),
    b'[{"jsonrpc":"2.0","id":7,"method":"ping"}]': (None, -32600),
    b"null": (None, -32600),
    b'{"jsonrpc":"2.0"}': (None, -32600),
    b'{"jsonrpc":"2.0","id":7,"method":5}': (7, -32600),
    b'{"jsonrpc":"1.0","id":"x","method":"ping"}': ("x", -32600),
}


async def test_a_line_that_is_no_request_is_answered_and_does_no_harm(server):
    await server.greet()
    for line, expected in REFUSED.items():
        server.send(line)
        error = await server.line()
        assert (error["id"], error["error"]["code"]) == expected, line[:80]
        assert (await server.ask("tools/call", {"name": "list_databases"}))["result"]["structuredContent"]
    for line in (b"", b"  \r", b'{"jsonrpc":"2.0","id":99,"error":5}'):
        server.send(line)
    assert (await server.ask("ping"))["result"] == {}


MISFITS = {
    '"get_alert": Tool': (
        '"get_allert": Tool',
        "override of an unknown tool 'get_allert': did you mean 'get_alert'?",
    ),
    '"severities": "Any': (
        '"severitys": "Any',
        "override of an unknown parameter 'severitys' of list_alerts: did you mean 'severities'?",
    ),
    'time_order("start_date", "end_date")': (
        'time_order("start_date", "end_dat")',
        "rule time_order of list_alerts looks at an unknown parameter 'end_dat': did you mean 'end_date'?",
    ),
}


@pytest.fixture
def misfit(tmp_path) -> Path:
    """A folder with a copy of the overrides, some of which do not fit."""
    copy = tmp_path / "panther_overrides"
    shutil.copytree(Path(panther_overrides.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    alerts = copy / "alerts.py"
    text = alerts.read_text()
    for right, (wrong, _) in MISFITS.items():
        assert right in text
        text = text.replace(right, wrong)
    alerts.write_text(text)
    return tmp_path


async def test_overrides_that_do_not_fit_fail_the_start(misfit):
    path = os.pathsep.join(filter(None, (str(misfit), os.environ.get("PYTHONPATH"))))
    async with started(PYTHONPATH=path) as process:
        status, out, err = await process.end()
    assert (status, out) == (2, "")
    assert err.startswith("The overrides do not fit the tools:\n")
    for _, message in MISFITS.values():
        assert f"  - {message}\n" in err

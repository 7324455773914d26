"""The early start on the wire: nothing is lost between the first answers and the framework, and nothing said twice."""

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from panther_mcp.offer import offer
from panther_mcp.settings import Settings
from panther_mcp.stdio.descriptors import Wire
from panther_mcp.stdio.early_answers import EarlyAnswers
from panther_mcp.stdio.early_start import EarlyStart

PATIENCE = 30
CLIENT = {"name": "t", "version": "1"}
GREETING = {
    "jsonrpc": "2.0",
    "id": "first",
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
CALL = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "list_databases", "arguments": {}}}


def lines(*messages: Any) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


class Early:
    """An early start between two pipes; `requests` is what the client writes to, `answer` what it reads."""

    def __init__(self, first: bytes) -> None:
        self._source, our_out = os.pipe()
        our_in, self._sink = os.pipe()
        self.requests = os.fdopen(our_out, "wb", buffering=0)
        self._answers = os.fdopen(our_in, "rb")
        self.requests.write(first)
        settings = Settings(permission_gating="off")
        answers = EarlyAnswers(settings, offer(settings), None)
        self._early = EarlyStart(Wire(self._source, self._sink), answers)

    def hand_over(self, *later: bytes) -> tuple[str | int | None, bytes]:
        """Hand over and write what comes `later`; return the id that was answered, and what the framework reads."""
        handover = self._early.hand_over()
        for piece in later:
            self.requests.write(piece)
        self.requests.close()
        return handover.answered, handover.unread + os.read(self._source, 200_000)

    def answer(self) -> Any:
        return json.loads(self._answers.readline())

    def close(self) -> None:
        self.requests.close()
        self._answers.close()
        os.close(self._source)
        os.close(self._sink)


@pytest.fixture
def early() -> Iterator[Any]:
    with contextlib.ExitStack() as stack:

        def begin(first: bytes) -> Early:
            made = Early(first)
            stack.callback(made.close)
            return made

        yield begin


def test_the_handshake_is_read_again(early):
    begun = early(lines(GREETING, INITIALIZED, LIST, CALL))
    assert [begun.answer()["id"] for _ in range(2)] == ["first", 1]
    assert begun.hand_over() == ("first", lines(GREETING, INITIALIZED, CALL))


def test_half_a_message_is_read_as_a_whole(early):
    begun = early(lines(GREETING) + lines(INITIALIZED)[:20])
    assert begun.answer()["result"]["protocolVersion"] == "2025-06-18"
    found = begun.hand_over(lines(INITIALIZED)[20:], lines(CALL))
    assert found == ("first", lines(GREETING, INITIALIZED, CALL))


@pytest.mark.parametrize("text", [b"nonsense\n", b"x" * 100_000 + b"\n", b"\xff\xfe\n"])
def test_what_is_no_message_is_left_to_the_framework(early, text):
    begun = early(text[:60_000])
    assert begun.hand_over(text[60_000:], lines(CALL)) == (None, text + lines(CALL))


@pytest.mark.parametrize("first", [lines(CALL), b""])
def test_what_is_not_known_reaches_the_framework_as_it_came(early, first):
    assert early(first).hand_over(lines(LIST)) == (None, first + lines(LIST))


@pytest.fixture(scope="module")
def process_environment(panther) -> dict[str, str]:
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ}
    return known | {"PANTHER_INSTANCE_URL": panther.url, "PANTHER_API_TOKEN": panther.token}


def spoken(environment: dict[str, str], *pieces: bytes) -> tuple[int, list[Any], str]:
    """What a server says to `pieces`, written as fast as they go, after which the input ends."""
    command = [sys.executable, "-m", "panther_mcp"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0) as process:
        try:
            assert process.stdin is not None
            for piece in pieces:
                process.stdin.write(piece)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    return process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()


def test_a_client_that_leaves_at_once_is_not_waited_for(process_environment):
    off = process_environment | {"PANTHER_MCP_PERMISSION_GATING": "off"}
    # Importing the framework would show in the list of modules that are imported.
    told = off | {"PYTHONPROFILEIMPORTTIME": "1"}
    status, answers, err = spoken(told, lines(GREETING, INITIALIZED, LIST))
    assert (status, [answer["id"] for answer in answers]) == (0, ["first", 1])
    assert "panther_mcp.stdio.early_start" in err
    assert " fastmcp.server.server\n" not in err
    assert "Traceback" not in err
    assert spoken(off) == (0, [], "")


def test_every_request_is_answered_once_whatever_comes_in_between(process_environment):
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 77}}
    more = [{**CALL, "id": number} for number in range(10, 15)]
    everything = lines(GREETING, INITIALIZED, LIST, cancelled, CALL) + b"nonsense\n" + lines(*more, {**LIST, "id": 3})
    wanted = Counter(["first", 1, 2, 3, *(one["id"] for one in more)])
    command = [sys.executable, "-m", "panther_mcp"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=process_environment, stdin=pipe, stdout=pipe, bufsize=0) as process:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            for index in range(len(everything)):
                process.stdin.write(everything[index : index + 1])
            found: Counter[Any] = Counter()
            reader = os.fdopen(os.dup(process.stdout.fileno()), "rb")
            with reader:
                while found.total() < wanted.total():
                    answer = json.loads(reader.readline())
                    if answer.get("id") is not None:
                        assert "result" in answer
                        found[answer["id"]] += 1
            process.stdin.close()
            rest = [json.loads(line) for line in process.stdout.read().splitlines()]
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert found == wanted
    assert not [answer for answer in rest if answer.get("id") is not None]


def test_the_permissions_are_remembered_for_the_next_list(process_environment, panther, tmp_path):
    environment = process_environment | {
        "PANTHER_API_TOKEN": panther.read_only_token,
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPROFILEIMPORTTIME": "1",
    }
    talk = (lines(GREETING, INITIALIZED, LIST),)
    command = [sys.executable, "-m", "panther_mcp"]
    pipe = subprocess.PIPE
    quiet = {name: value for name, value in environment.items() if name != "PYTHONPROFILEIMPORTTIME"}
    with subprocess.Popen(command, env=quiet, stdin=pipe, stdout=pipe, bufsize=0) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"".join(talk))
        with os.fdopen(os.dup(process.stdout.fileno()), "rb") as reader:
            asked = [json.loads(reader.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    (kept,) = Path(tmp_path, "panther-mcp", "permissions").iterdir()
    assert kept.stat().st_mode & 0o077 == 0
    assert panther.read_only_token not in kept.name + kept.read_text()
    status, remembered, err = spoken(environment, *talk)
    assert (status, remembered) == (0, asked)
    assert " fastmcp.server.server\n" not in err, "the second list needs no framework"

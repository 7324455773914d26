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

from panther_mcp.early_answers import EarlyAnswers
from panther_mcp.early_start import EarlyStart
from panther_mcp.offer import offer
from panther_mcp.settings import Settings
from panther_mcp.streams import Wire

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
    """An early start between two pipes; `answers` and `framework` read what the client and the framework would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, first: bytes) -> None:
        their_in, our_out = os.pipe()
        our_in, their_out = os.pipe()
        self.requests = os.fdopen(our_out, "wb", buffering=0)
        self.answers = os.fdopen(our_in, "rb")
        self.stdin, self.stdout = os.fdopen(their_in, "rb", buffering=0), os.fdopen(their_out, "wb")
        monkeypatch.setattr(sys, "stdin", None)
        monkeypatch.setattr(sys, "stdout", None)
        self.requests.write(first)
        settings = Settings(permission_gating="off")
        answers = EarlyAnswers(settings, offer(settings), None)
        self.early = EarlyStart(Wire(self.stdin, self.stdout, None), answers)

    def hand_over(self) -> tuple[Any, Any]:
        """Hand over; return what the framework reads from and writes to."""
        self.early.hand_over()
        return sys.stdin.buffer, sys.stdout.buffer

    def answer(self) -> Any:
        return json.loads(self.answers.readline())

    def close(self) -> None:
        for stream in (self.requests, self.answers, self.stdin, self.stdout):
            stream.close()


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with contextlib.ExitStack() as stack:

        def begin(first: bytes) -> Early:
            made = Early(monkeypatch, first)
            stack.callback(made.close)
            return made

        yield begin
        monkeypatch.undo()


def test_the_handshake_is_read_again_and_its_second_answer_is_not_seen(early):
    begun = early(lines(GREETING, INITIALIZED, LIST, CALL))
    assert [begun.answer()["id"] for _ in range(2)] == ["first", 1]
    stdin, stdout = begun.hand_over()
    assert [stdin.readline() for _ in range(3)] == [lines(message) for message in (GREETING, INITIALIZED, CALL)]
    stray, answer, called = (lines({"jsonrpc": "2.0", "id": name, "result": {}}) for name in (None, "first", 2))
    # In pieces, after an answer to something else, and with another one in the same breath.
    for piece in (stray, answer[:7], answer[7:] + called[:9], called[9:], lines({"id": "first"})):
        stdout.write(piece)
    stdout.flush()
    assert [begun.answer()["id"] for _ in range(3)] == [None, 2, "first"]


def test_half_a_message_is_read_as_a_whole(early):
    begun = early(lines(GREETING) + lines(INITIALIZED)[:20])
    assert begun.answer()["result"]["protocolVersion"] == "2025-06-18"
    stdin, _ = begun.hand_over()
    begun.requests.write(lines(INITIALIZED)[20:] + lines(CALL))
    assert [stdin.readline() for _ in range(3)] == [lines(message) for message in (GREETING, INITIALIZED, CALL)]


@pytest.mark.parametrize("text", [b"nonsense\n", b"x" * 100_000 + b"\n", b"\xff\xfe\n"])
def test_what_is_no_message_is_refused_by_the_framework_in_its_time(early, text):
    begun = early(text[:60_000])
    stdin, _ = begun.hand_over()
    begun.requests.write(text[60_000:] + lines(CALL))
    assert stdin.readline() == lines(CALL)
    assert begun.answer()["error"]["code"] == -32700


@pytest.mark.parametrize("first", [lines(CALL), b""])
def test_what_is_not_known_reaches_the_framework_as_it_came(early, first):
    begun = early(first)
    stdin, stdout = begun.hand_over()
    begun.requests.write(lines(LIST))
    for expected in filter(None, (first, lines(LIST))):
        assert stdin.readline() == expected
    stdout.write(b'{"id":1}\n')
    stdout.flush()
    assert begun.answer() == {"id": 1}


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
    assert "panther_mcp.early_start" in err
    assert " fastmcp.server\n" not in err
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
    assert " fastmcp.server\n" not in err, "the second list needs no framework"

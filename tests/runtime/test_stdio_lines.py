"""Lines from a client, in pieces of any size: what is a message, what is answered, and what fills no memory."""

import json

import pytest

from panther_mcp.stdio.lines import Lines, message_in

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
TEXT = '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"é€😀\\n"}}\r\n'.encode()


def read(data, size, **given):
    """The methods of the messages in `data`, read in pieces of `size` bytes, and the answers as (id, code)."""
    lines, found = Lines(**given), []
    for start in range(0, len(data), size):
        found += lines.ended_in(data[start : start + size])
    methods, answers = [], []
    for one in map(message_in, [*found, lines.last()]):
        if isinstance(one, bytes):
            assert one.endswith(b"\n")
            answers.append((json.loads(one)["id"], json.loads(one)["error"]["code"]))
        elif one is not None:
            methods.append(one.method)
    return methods, answers


@pytest.mark.parametrize("size", [1, 7, 64, 60_000])
def test_good_lines_are_messages(size):
    assert read(PING + b"\n" + TEXT + PING.rstrip(), size) == (["ping", "notifications/x", "ping"], [])


def test_text_is_kept_as_it_came():
    message = message_in(TEXT.rstrip())
    assert message.params == {"a": "é€😀\n"}


@pytest.mark.parametrize("size", [1, 7, 60_000])
def test_what_is_no_message_is_answered_and_the_rest_passes(size):
    found = read(PING + b"{oops\n" + TEXT + b'[{"id":4}]\n{"id":"x"}\n' + PING + b"cut off", size)
    answers = [(None, -32700), (None, -32600), ("x", -32600), (None, -32700)]
    assert found == (["ping", "notifications/x", "ping"], answers)


def test_an_answer_of_the_client_is_never_answered():
    assert read(b'{"jsonrpc":"2.0","id":[],"result":{}}\n{"jsonrpc":"2.0","error":"x"}\n' + PING, 50) == (["ping"], [])


@pytest.mark.parametrize("line", [b"\xff\xfe", b'{"jsonrpc":"2.0","method":"\\ud800"}', b"[" * 5_000 + b"]" * 5_000])
def test_text_that_is_none_is_answered(line):
    assert read(line + b"\n", 60_000) == ([], [(None, -32700)])


@pytest.mark.parametrize("size", [1, 64, 60_000])
def test_a_line_that_is_too_long_is_skipped_whole(size):
    long = PING.replace(b"ping", b"p" * 500)
    found = read(PING + long + TEXT + long.rstrip(), size, longest=200)
    assert found == (["ping", "notifications/x"], [(None, -32600)] * 2)


def test_an_endless_line_is_kept_nowhere():
    lines = Lines(longest=100_000)
    held = []
    for _ in range(50):
        lines.ended_in(b"x" * 60_000)
        held.append(sum(map(len, lines._begun)))
    assert max(held) <= 100_000
    assert held[-1] == 0

"""Lines from a client, in pieces of any size: good ones pass unchanged, others are answered, none fills the memory."""

import io
import json

import pytest

from panther_mcp.request_lines import RequestLines

PING = b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
TEXT = '{"jsonrpc":"2.0","method":"notifications/x","params":{"a":"é€😀\\n"}}\r\n'.encode()


class Pieces(io.RawIOBase):
    """Gives its pieces one by one; an empty one is the end."""

    def __init__(self, pieces):
        self._pieces = list(pieces)

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self._pieces.pop(0) if self._pieces else b""
        buffer[: len(piece)] = piece
        return len(piece)


def read(data, size, **given):
    """What passes, the answers as (id, code), and how often the end was told, for `data` in pieces of `size` bytes."""
    answers, ends = [], []
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    lines = RequestLines(Pieces(pieces), lambda line: answers.append(json.loads(line)), lambda: ends.append(1), **given)
    passed = io.BufferedReader(lines).read()
    return passed, [(answer["id"], answer["error"]["code"]) for answer in answers], len(ends)


@pytest.mark.parametrize("size", [1, 7, 64, 60_000])
def test_good_lines_pass_as_they_came(size):
    data = PING + b"\n" + TEXT + PING.rstrip()
    passed, answers, ends = read(data, size)
    assert passed == (PING + TEXT + PING.rstrip())
    assert answers == []
    assert ends >= 1


@pytest.mark.parametrize("size", [1, 7, 60_000])
def test_what_is_no_message_is_answered_and_the_rest_passes(size):
    passed, answers, _ = read(PING + b"{oops\n" + TEXT + b'[{"id":4}]\n' + PING + b"cut off", size)
    assert passed == PING + TEXT + PING
    assert answers == [(None, -32700), (None, -32600), (None, -32700)]


def test_an_answer_of_the_client_is_never_answered():
    assert read(b'{"jsonrpc":"2.0","id":[],"result":{}}\n{"jsonrpc":"2.0","error":"x"}\n' + PING, 50)[:2] == (PING, [])


@pytest.mark.parametrize("size", [1, 64, 60_000])
def test_a_line_that_is_too_long_is_skipped_whole(size):
    long = PING.replace(b"ping", b"p" * 500)
    passed, answers, _ = read(PING + long + TEXT + long.rstrip(), size, longest=200)
    assert passed == PING + TEXT
    assert answers == [(None, -32600)] * 2


def test_an_endless_line_is_kept_nowhere():
    held = []

    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            held.append(sum(map(len, watched._begun)))
            if len(held) > 50:
                return 0
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    watched = RequestLines(Endless(), lambda _: None, lambda: None, longest=100_000)
    io.BufferedReader(watched).read()
    assert max(held) <= 100_000
    assert held[-1] == 0

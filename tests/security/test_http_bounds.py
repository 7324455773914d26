"""Requests that are too large, too slow or too many."""

import time

import pytest

from .http_guarded import ARRIVAL_SECONDS, BODY, TOKENS, bearer, everywhere, here, read_all

__all__ = ["everywhere", "here"]


LIMIT = 4 << 20


def padded(size):
    return BODY[:-1] + b" " * (size - len(BODY)) + b"}"


def chunked(body, *, size=1 << 16):
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def in_chunks(served, body, *headers):
    lines = ["POST /mcp HTTP/1.1", "Host: 127.0.0.1", "Transfer-Encoding: chunked", "Connection: close", *headers]
    lines += ["Content-Type: application/json", "Accept: application/json, text/event-stream"]
    return served.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + chunked(body))


def test_a_body_of_four_mebibytes_is_taken_and_one_byte_more_is_not(everywhere, here):
    for served, headers in ((everywhere, (bearer(TOKENS[0]),)), (here, ())):
        assert served.ask(*headers, body=padded(LIMIT))[0] == 200
        assert served.ask(*headers, body=padded(LIMIT + 1))[0] == 413
        assert in_chunks(served, padded(LIMIT), *headers)[0] == 200
        assert in_chunks(served, padded(LIMIT + 1), *headers)[0] == 413
        assert served.ask(*headers)[0] == 200


def test_a_length_that_is_announced_is_not_waited_for(everywhere):
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n{bearer(TOKENS[0])}\r\nContent-Type: application/json\r\n"
    began = time.monotonic()
    assert everywhere.raw(f"{head}Content-Length: 99999999999\r\n\r\n".encode())[0] == 413
    assert everywhere.raw(f"{head}Content-Length: -1\r\n\r\n".encode())[0] == 400
    assert time.monotonic() - began < 4 * ARRIVAL_SECONDS + 5


def test_who_has_no_token_has_no_body_read(everywhere):
    assert everywhere.ask(body=padded(LIMIT + 1))[0] == 401
    assert in_chunks(everywhere, padded(LIMIT + 1))[0] == 401


def test_a_head_is_bounded(everywhere):
    assert everywhere.ask(bearer(TOKENS[0]), f"X-Large: {'x' * 20_000}")[0] == 431
    assert everywhere.ask(bearer(TOKENS[0]), *(f"X-{n}: {'x' * 100}" for n in range(300)))[0] == 431
    assert everywhere.ask(bearer(TOKENS[0]), path=f"/mcp?{'x' * 20_000}")[0] == 431
    assert everywhere.ask(bearer(TOKENS[0]), f"X-Large: {'x' * 500_000}")[0] in (400, 431)
    assert everywhere.ask(bearer(TOKENS[0]))[0] == 200


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"P",
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n",
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=["nothing", "a byte", "half a head", "half a body", "half a chunked body"],
)
@pytest.mark.parametrize("trickle", [b"", b"x"], ids=["silent", "slow"])
def test_a_request_that_does_not_arrive_is_not_waited_for(here, first, trickle):
    """A slow client wins no time with each byte that it sends."""
    began = time.monotonic()
    with here.connect() as connection:
        connection.sendall(first)
        connection.settimeout(0.1)
        while True:
            try:
                data = connection.recv(1 << 16)
            except TimeoutError:
                assert time.monotonic() - began < ARRIVAL_SECONDS + 5, "it is still waited for"
                try:
                    connection.sendall(trickle)
                except (BrokenPipeError, ConnectionResetError):
                    break
                continue
            except ConnectionResetError:
                break
            if not data:
                break
    assert time.monotonic() - began >= ARRIVAL_SECONDS - 0.2
    assert here.ask()[0] == 200


def test_slow_clients_do_not_keep_others_out(here):
    slow = [here.connect() for _ in range(100)]
    for connection in slow:
        connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: 127.0")
    assert here.ask()[0] == 200
    for connection in slow:
        connection.close()


def test_requests_on_one_connection_are_served_one_after_the_other(here):
    head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
    request = f"{head}Accept: application/json, text/event-stream\r\n".encode()
    with here.connect() as connection:
        connection.sendall((request + b"\r\n" + BODY) * 3)
        time.sleep(2 * ARRIVAL_SECONDS)  # between requests another limit holds, and a longer one
        connection.sendall(request + b"Connection: close\r\n\r\n" + BODY)
        assert read_all(connection).count(b'"serverInfo"') == 4


def test_an_upgrade_is_not_done(everywhere):
    asked = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13")
    assert everywhere.ask(*asked)[0] == 401
    assert everywhere.ask(*asked, method="GET", body=b"")[0] in (401, 405)

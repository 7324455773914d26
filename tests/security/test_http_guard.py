"""The HTTP transport as an attacker on the network or in a browser meets it: real processes, raw requests."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from panther_mcp.audit.verify import verify
from panther_mcp.errors import SettingsError
from panther_mcp.settings import Secret, Settings

PATIENCE = 30
TOKENS = ("first-token-0123456789-abcdefghijkl", "second-token-0123456789-abcdefghijk")
ARRIVAL_SECONDS = 1.0
# The time that a request may take to arrive, shortened; everything else is as it is.
START = (
    "from panther_mcp.http_connection import TimedConnection\n"
    f"TimedConnection.arrival_seconds = {ARRIVAL_SECONDS}\n"
    "from panther_mcp.launcher import main\nmain()"
)
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}
BODY = json.dumps(INITIALIZE).encode()
LIMIT = 4 << 20


class Served:
    """A server process: its port, and raw requests to it."""

    def __init__(self, port, process, folder):
        self.port, self.process, self.folder = port, process, folder

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def raw(self, data):
        """What comes back for these bytes, until the server closes: status, headers, body."""
        with self.connect() as connection:
            # It may answer and close without reading everything.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            return answer_of(read_all(connection))

    def ask(self, *headers, body=BODY, path="/mcp", method="POST", host="127.0.0.1"):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [
            "Content-Type: application/json",
            "Accept: application/json, text/event-stream",
            *headers,
        ]
        return self.raw("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)


def read_all(connection):
    received = b""
    with suppress(ConnectionResetError):
        while data := connection.recv(1 << 16):
            received += data
    return received


def answer_of(received):
    head, _, body = received.partition(b"\r\n\r\n")
    while head.startswith(b"HTTP/1.1 100"):
        head, _, body = body.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split()[1]), headers, body


@contextmanager
def serving(folder, *arguments, **env):
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    known |= {"XDG_STATE_HOME": str(folder), "LOG_LEVEL": "DEBUG"} | env
    command = [sys.executable, "-c", START, "--transport", "http", "--port", "0", *arguments]
    with (folder / "stderr").open("w+") as log, subprocess.Popen(command, env=known, stderr=log) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while not (found := re.search(r"serves MCP on http://\S+:(\d+)/mcp", (folder / "stderr").read_text())):
                assert process.poll() is None, (folder / "stderr").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.05)
            served = Served(int(found[1]), process, folder)
            while True:  # it has bound the port before it listens to HTTP
                with served.connect() as connection:
                    connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                    if b" 200 " in read_all(connection):
                        break
            yield served
            log.flush()
            text = (folder / "stderr").read_text()
            assert not any(token in text for token in TOKENS), "the log shows a token"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def everywhere(panther, tmp_path_factory):
    """A server for the network: on every address, with two tokens and a name."""
    env = {
        "PANTHER_INSTANCE_URL": panther.url,
        "PANTHER_API_TOKEN": panther.token,
        "PANTHER_MCP_HTTP_TOKEN": f" {TOKENS[0]} ,{TOKENS[1]}",
        "PANTHER_MCP_HTTP_ALLOWED_HOSTS": "mcp.example.com,*.lab.example",
    }
    with serving(tmp_path_factory.mktemp("everywhere"), "--host", "0.0.0.0", **env) as served:
        yield served


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """A server for this machine, without a token."""
    with serving(tmp_path_factory.mktemp("here")) as served:
        yield served


def bearer(token):
    return f"Authorization: Bearer {token}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "mcp.example.com", "127.0.0.1.example.com"])
def test_off_loopback_it_does_not_start_without_a_token(host, tmp_path):
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "panther_mcp", "--transport", "http", "--port", "0", "--host", host],
        env=known,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"panther-mcp does not listen on {host} without authentication:")
    assert "Set PANTHER_MCP_HTTP_TOKEN" in done.stderr


def test_a_server_for_this_machine_needs_no_token(here):
    assert here.ask()[0] == 200


def test_either_token_is_accepted(everywhere):
    for token in TOKENS:
        status, _, body = everywhere.ask(bearer(token))
        assert (status, b'"result":' in body) == (200, True)
        assert everywhere.ask(f"authorization: bearer {token}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        (),
        ("Authorization:",),
        ("Authorization: Bearer",),
        ("Authorization: Bearer ",),
        ("Authorization: Bearer wrong",),
        (bearer(TOKENS[0][:-1]),),
        (bearer(TOKENS[0] + "x"),),
        (bearer(TOKENS[0].upper()),),
        (bearer(f"{TOKENS[0]},{TOKENS[1]}"),),
        (bearer(f" {TOKENS[0]}"),),
        (bearer("é" * 40),),
        (bearer("A" * 8_000),),
        (f"Authorization: Basic {TOKENS[0]}",),
        (f"Authorization: {TOKENS[0]}",),
        (bearer("wrong"), bearer(TOKENS[0])),
        (f"X-API-Key: {TOKENS[0]}",),
        (f"Cookie: token={TOKENS[0]}",),
    ],
)
def test_without_the_right_token_nothing_is_served_or_told(everywhere, headers):
    status, told, body = everywhere.ask(*headers)
    assert (status, body) == (401, b"Unauthorized")
    assert told["www-authenticate"] == "Bearer"
    assert told.keys() <= {"www-authenticate", "content-length", "content-type", "date", "connection"}


def test_a_token_in_the_address_is_not_accepted(everywhere):
    for path in (f"/mcp?token={TOKENS[0]}", f"/mcp?access_token={TOKENS[0]}", f"/mcp/{TOKENS[0]}", "//mcp", "/MCP"):
        assert everywhere.ask(path=path)[0] in (401, 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD", "TRACE"])
def test_no_other_method_gets_past_without_a_token(everywhere, method):
    status, told, body = everywhere.ask(method=method)
    assert status in (401, 405)
    assert b"panther" not in body
    assert "access-control-allow-origin" not in told


def test_health_tells_ok_and_nothing_else(everywhere, here):
    for served in (everywhere, here):
        status, told, body = served.ask(path="/health", method="GET", body=b"")
        assert (status, body) == (200, b"ok")
        assert told.keys() <= {"cache-control", "content-length", "content-type", "date", "connection"}
        assert served.ask(path="/health")[0] == 405
        assert served.ask(path="/health", method="GET", host="evil.example")[0] == 421
    for path in ("/", "/docs", "/openapi.json", "/.well-known/oauth-protected-resource", "/metrics", "/health/x"):
        assert everywhere.ask(path=path, method="GET", body=b"")[2] == b"Not Found"


HOSTILE_HOSTS = [
    "evil.example",
    "evil.example:3000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example.",
    "localhost.",
    "localhost:x@evil.example",
    "127.0.0.1@evil.example",
    "[::1].evil.example",
    "[::1]evil.example:80",
    "127.0.0.1, evil.example",
    "127.0.0.1 evil.example",
    "127.0.0.1/evil.example",
    "127.0.0.1#evil.example",
    "0.0.0.0",
    "2130706433",
    "xmcp.example.com",
    "mcp.example.com.evil.example",
    "lab.example",
    "",
]


@pytest.mark.parametrize("host", HOSTILE_HOSTS)
def test_a_name_that_leads_here_by_rebinding_is_refused(everywhere, here, host):
    assert everywhere.ask(bearer(TOKENS[0]), host=host)[0] in (400, 421)
    assert here.ask(host=host)[0] in (400, 421)


def test_a_request_without_or_with_two_hosts_is_refused(here):
    rest = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
    assert here.raw(b"POST /mcp HTTP/1.1\r\n" + rest)[0] == 400
    assert here.raw(b"POST /mcp HTTP/1.0\r\n" + rest)[0] == 421
    assert here.raw(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n" + rest)[0] == 400
    assert here.raw(b"POST http://evil.example/mcp HTTP/1.1\r\nHost: evil.example\r\n" + rest)[0] in (400, 404, 421)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "LOCALHOST:3000", "[::1]:8", "mcp.example.com", "a.lab.example:443"]
)
def test_the_names_of_this_server_are_accepted(everywhere, host):
    assert everywhere.ask(bearer(TOKENS[0]), host=host)[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://evil.example:443",
        "null",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://localhost@evil.example",
        "file://",
        "chrome-extension://abcdefghijklmnop",
        "http://mcp.example.com.evil.example",
        "http://[::1].evil.example",
        "nonsense",
        "http://127.0.0.1\r\nOrigin: http://evil.example",
        "http://127.0.0.1, http://evil.example",
    ],
)
def test_a_page_of_another_origin_is_refused(everywhere, here, origin):
    assert everywhere.ask(bearer(TOKENS[0]), f"Origin: {origin}")[0] == 403
    assert everywhere.ask(bearer(TOKENS[0]), f"Origin: {origin}", host="mcp.example.com")[0] == 403
    assert here.ask(f"Origin: {origin}")[0] == 403


def test_what_a_browser_sends_without_asking_first_is_refused(here):
    """Another page of this machine: it may send only what needs no preflight, and reads no answer."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        lines = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://localhost:8080\r\nContent-Type: {kind}\r\n"
        accept = "Accept: */*\r\nConnection: close\r\n"
        assert here.raw(f"{lines}{accept}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY)[0] == 400
    status, told, _ = here.ask(
        "Origin: http://localhost:8080", "Access-Control-Request-Method: POST", method="OPTIONS", body=b""
    )
    assert (status, [name for name in told if name.startswith("access-control")]) == (405, [])


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


async def test_a_client_with_a_token_works_and_is_named_in_the_audit_log(everywhere, panther):
    alert = panther.all("/alerts", limit=50)[0]
    for mode in ("legacy", "2026-07-28"):
        transport = StreamableHttpTransport(f"http://127.0.0.1:{everywhere.port}/mcp", auth=TOKENS[1])
        async with Client(transport, mode=mode) as client:
            arguments = {"alert_ids": [alert["id"]], "status": alert["status"]}
            assert not (await client.call_tool("update_alert_status", arguments)).is_error
    path = everywhere.folder / "panther-mcp" / "audit.jsonl"
    bodies = []
    verify(path, visit=bodies.append)
    intents = [body for body in bodies if body["event"] == "intent"]
    assert [re.fullmatch(r"http-token-[0-9a-f]{8}", body["user"]) is not None for body in intents] == [True, True]
    assert {body["address"] for body in intents} == {"127.0.0.1"}
    assert intents[1]["client"] == "mcp"
    assert not any(token in path.read_text() for token in (*TOKENS, panther.token))


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        ("short", "can be guessed"),
        ("x" * 40, "can be guessed"),
        (f"{TOKENS[0]},short", "can be guessed"),
        ("0123456789 abcdefghijklmnopqrstuvwxyz", "holds a space"),
        ("0123456789äabcdefghijklmnopqrstuvwxyz", "cannot stand in a header"),
    ],
)
def test_a_weak_token_is_refused_and_not_shown(raw, part):
    with pytest.raises(SettingsError) as caught:
        Settings.resolve({"PANTHER_MCP_HTTP_TOKEN": raw})
    (problem,) = caught.value.problems
    assert problem.startswith("PANTHER_MCP_HTTP_TOKEN: ")
    assert part in problem
    assert not any(token in problem for token in raw.split(","))


def test_tokens_and_hosts_are_read():
    settings = Settings.resolve(
        {
            "PANTHER_MCP_HTTP_TOKEN": ", ".join(TOKENS),
            "PANTHER_MCP_HTTP_ALLOWED_HOSTS": "MCP.example.com, *.lab.example",
        }
    )
    assert settings.http_tokens == tuple(Secret(token) for token in TOKENS)
    assert settings.http_allowed_hosts == ("mcp.example.com", "*.lab.example")
    for host in ("*", "http://x", "a b", "x:1y", "*.*", "*example.com"):
        with pytest.raises(SettingsError, match="PANTHER_MCP_HTTP_ALLOWED_HOSTS"):
            Settings.resolve({"PANTHER_MCP_HTTP_ALLOWED_HOSTS": host})

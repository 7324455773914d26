"""The HTTP transport as an attacker on the network or in a browser meets it: real processes, raw requests."""

import os
import re
import subprocess
import sys

import pytest
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

from panther_mcp.audit.verify import verify
from panther_mcp.errors import SettingsError
from panther_mcp.settings import Secret, Settings

from .http_guarded import BODY, PATIENCE, TOKENS, bearer, everywhere, here

__all__ = ["everywhere", "here"]


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

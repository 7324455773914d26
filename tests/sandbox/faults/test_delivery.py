"""Faults of the way: what a raw client sees of latency, statuses, broken connections and broken bodies."""

from __future__ import annotations

import gzip
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from panther_sandbox.server import SandboxServer


def test_nothing_goes_wrong_unless_it_is_asked_for(wire: Any) -> None:
    reply = wire.alerts()
    assert (reply.status, reply.complete, "x-sandbox-fault" in reply.headers) == (200, True, False)
    assert len(reply.json["data"]["alerts"]["edges"]) == 3
    assert wire.send("GET", "/sandbox/faults").json == {"faults": []}


def test_latency(wire: Any) -> None:
    reply = wire.alerts("latency=150")
    assert reply.seconds >= 0.15
    assert (reply.status, reply.json) == (200, wire.alerts().json)
    assert reply.headers["x-sandbox-fault"] == "latency=150"


def test_jitter_is_added_and_drawn_with_its_seed(wire: Any) -> None:
    # The first that seed 2 draws is 0.956 of what there is.
    assert wire.alerts("latency=20;jitter=300;seed=2").seconds >= 0.02 + 0.3 * 0.95


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(("method", "path"), [("POST", "/public/graphql"), ("GET", "/users")])
def test_a_status(wire: Any, status: int, method: str, path: str) -> None:
    reply = wire.send(method, path, {"query": "{ __typename }"} if method == "POST" else None, fault=f"status={status}")
    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    assert "retry-after" not in reply.headers
    assert reply.json == {"error": "forbidden"} if status == 403 else list(reply.json) == ["message"]


def test_throttling_says_when_to_come_back(wire: Any) -> None:
    reply = wire.alerts("status=429;retry-after=7")
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(("fault", "status"), [("html", 200), ("html=502", 502)])
def test_html(wire: Any, fault: str, status: int) -> None:
    reply = wire.alerts(fault)
    assert (reply.status, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")


def test_a_redirect_leads_elsewhere(wire: Any) -> None:
    reply = wire.alerts("redirect=307;to=http://127.0.0.1:1/other")
    assert (reply.status, reply.headers["location"], reply.body) == (307, "http://127.0.0.1:1/other", b"")
    assert wire.alerts("redirect").headers["location"].startswith("https://login.")


@pytest.mark.parametrize(
    ("kind", "body"), [("null", None), ("text", "OK"), ("number", 0), ("list", []), ("object", {})]
)
def test_json_that_is_no_answer(wire: Any, kind: str, body: Any) -> None:
    reply = wire.alerts(f"nonsense={kind}")
    assert (reply.status, reply.headers["content-type"], reply.json) == (200, "application/json", body)


def test_an_answer_that_is_no_json(wire: Any) -> None:
    assert wire.alerts("nonsense=empty").body == b""
    with pytest.raises(json.JSONDecodeError):
        wire.alerts("nonsense").json  # noqa: B018 - it is parsed when it is read


def test_requests_that_are_spared_first(wire: Any) -> None:
    wire.ask_for("status=503;skip=2;times=1")
    assert [wire.alerts().status for _ in range(4)] == [200, 200, 503, 200]


@pytest.mark.parametrize("fault", ["reset", "reset;when=after"])
def test_a_reset(wire: Any, fault: str) -> None:
    with pytest.raises(ConnectionResetError):
        wire.alerts(fault)
    assert wire.alerts().status == 200


def test_a_body_shorter_than_promised(wire: Any) -> None:
    whole, cut = wire.alerts(), wire.alerts("truncate")
    assert int(cut.headers["content-length"]) == len(whole.body)
    assert (cut.status, cut.complete, cut.body) == (200, False, whole.body[: len(whole.body) // 2])


def test_a_body_cut_inside_valid_framing(wire: Any) -> None:
    whole, cut = wire.alerts(), wire.alerts("truncate=body")
    assert (cut.complete, cut.body) == (True, whole.body[: len(whole.body) // 2])
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.body)


def test_a_wrong_content_type(wire: Any) -> None:
    reply = wire.alerts("content-type=text/plain")
    assert (reply.headers["content-type"], reply.json) == ("text/plain", wire.alerts().json)


def test_a_huge_body(wire: Any) -> None:
    reply = wire.alerts("huge=5")
    assert (reply.complete, "content-length" in reply.headers) == (True, False)
    assert len(reply.body) > 5 * 1_048_576
    assert reply.json == wire.alerts().json


def test_a_body_that_unpacks_to_much_more(wire: Any) -> None:
    reply = wire.alerts("bomb=5")
    assert (reply.complete, reply.headers["content-encoding"]) == (True, "gzip")
    unpacked = gzip.decompress(reply.body)
    assert len(reply.body) < 100_000 < 5 * 1_048_576 < len(unpacked)
    assert json.loads(unpacked) == wire.alerts().json


def test_a_body_that_drips(wire: Any) -> None:
    whole = wire.alerts()
    pieces = -(-len(whole.body) // 100)
    reply = wire.alerts("drip=10;chunk=100")
    assert (reply.body, reply.complete) == (whole.body, True)
    assert reply.seconds >= 0.01 * (pieces - 1)


def test_faults_add_up(wire: Any) -> None:
    reply = wire.alerts("latency=50, status=503;retry-after=1, content-type=text/html, truncate=body")
    assert (reply.status, reply.headers["content-type"], reply.headers["retry-after"]) == (503, "text/html", "1")
    assert reply.seconds >= 0.05
    assert reply.body == b'{"message": "Serv'
    assert "truncate=body" in reply.headers["x-sandbox-fault"]


def test_a_write_whose_answer_is_lost_was_made(wire: Any) -> None:
    alert = wire.nodes()[0]["id"]

    def comment(body: str, fault: str) -> Any:
        return wire.send(
            "POST", "/alert-comments", {"alertId": alert, "body": body, "format": "PLAIN_TEXT"}, fault=fault
        )

    assert comment("refused", "status=502").status == 502
    assert comment("made", "status=502;when=after").status == 502
    with pytest.raises(ConnectionResetError):
        comment("made as well", "reset;when=after")
    comments = wire.send("GET", f"/alert-comments?alert-id={alert}").json["results"]
    bodies = [one["body"] for one in comments]
    assert ("refused" in bodies, "made" in bodies, "made as well" in bodies) == (False, True, True)


def test_an_answer_without_a_body_cannot_be_broken(wire: Any) -> None:
    wire.send("POST", "/globals", {"id": "faults_helper", "body": "x = 1\n"})
    reply = wire.send("DELETE", "/globals/faults_helper", fault="truncate, huge=1")
    assert (reply.status, reply.body, "x-sandbox-fault" in reply.headers) == (204, b"", False)


def test_the_sandbox_ends_at_once_though_a_client_waits(caplog: pytest.LogCaptureFixture) -> None:
    server = SandboxServer(faults=["latency=600000"])
    address = urlsplit(server.start().instance_url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(b"GET /users HTTP/1.1\r\nHost: sandbox\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        # The middleware reads the body before it waits: once it asks for it, the request is under way.
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        began = time.perf_counter()
        server.stop()
        assert time.perf_counter() - began < 1.5
    assert caplog.text == ""

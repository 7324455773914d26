"""A sandbox for faults, and a client that shows what comes over the wire, byte for byte."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from panther_sandbox.server import SandboxAddress, SandboxServer

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALERTS = """
query ListAlerts($input: AlertsInput!) {
  alerts(input: $input) {
    edges { node { id severity status assignee { email } origin { __typename ... on Detection { id name } } } }
    pageInfo { hasNextPage }
  }
}
"""
WINDOW = {"createdAtAfter": "2026-11-01T00:00:00Z", "createdAtBefore": "2026-11-30T00:00:00Z", "pageSize": 3}


@dataclass(frozen=True)
class Reply:
    """A response as it came: `complete` says whether all that was promised came, before the connection closed."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One request a connection, over a bare socket."""

    def __init__(self, address: SandboxAddress) -> None:
        self.address = address
        self.host, _, port = address.instance_url.removeprefix("http://").partition(":")
        self.port = int(port)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        fault: str | None = None,
        token: str | None = None,
    ) -> Reply:
        """Raise ConnectionResetError when the connection is reset."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}",
            f"X-API-Key: {self.address.api_token if token is None else token}",
            f"Content-Length: {len(content)}",
            "Connection: close",
            *([f"X-Sandbox-Fault: {fault}"] if fault is not None else []),
        ]
        began = time.perf_counter()
        with socket.create_connection((self.host, self.port), timeout=20) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode() + content)
            pieces = []
            while piece := connection.recv(65_536):
                pieces.append(piece)
        return _reply(b"".join(pieces), time.perf_counter() - began)

    def graphql(self, document: str, variables: object = None, *, fault: str | None = None) -> Reply:
        return self.send("POST", "/public/graphql", {"query": document, "variables": variables}, fault=fault)

    def alerts(self, fault: str | None = None) -> Reply:
        return self.graphql(ALERTS, {"input": WINDOW}, fault=fault)

    def nodes(self, fault: str | None = None) -> list[dict[str, Any]]:
        return [edge["node"] for edge in self.alerts(fault).json["data"]["alerts"]["edges"]]

    def ask_for(self, *faults: str) -> Reply:
        return self.send("PUT", "/sandbox/faults", {"faults": list(faults)})


@pytest.fixture(scope="session")
def address() -> Iterator[SandboxAddress]:
    with SandboxServer(now=NOW) as running:
        yield running


@pytest.fixture
def faulty() -> Iterator[Wire]:
    """A client of a sandbox that had faults from its start on."""
    with SandboxServer(now=NOW, faults=["status=503;times=1", "status=429;times=1, latency=1"]) as running:
        yield Wire(running)


@pytest.fixture
def wire(address: SandboxAddress) -> Iterator[Wire]:
    """A client of a sandbox that has no faults of its own, neither before nor after the test."""
    client = Wire(address)
    yield client
    client.send("DELETE", "/sandbox/faults")


def _reply(received: bytes, seconds: float) -> Reply:
    head, _, rest = received.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body, complete = _dechunked(rest)
    else:
        body, complete = rest, len(rest) == int(headers.get("content-length", 0))
    return Reply(int(status.split()[1]), headers, body, complete, seconds)


def _dechunked(content: bytes) -> tuple[bytes, bool]:
    pieces: list[bytes] = []
    position = 0
    while True:
        end = content.find(b"\r\n", position)
        if end < 0:
            return b"".join(pieces), False
        size = int(content[position:end], 16)
        if size == 0:
            return b"".join(pieces), True
        pieces.append(content[end + 2 : end + 2 + size])
        position = end + 2 + size + 2

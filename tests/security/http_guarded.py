"""A server over HTTP as an attacker sees it: raw bytes over a socket, and what comes back."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest

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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def here(tmp_path_factory):
    """A server for this machine, without a token."""
    with serving(tmp_path_factory.mktemp("here")) as served:
        yield served


def bearer(token):
    return f"Authorization: Bearer {token}"

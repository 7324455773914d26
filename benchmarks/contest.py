"""The two servers and the sandbox that both talk to, each a process of its own."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.stdio import StdioServer

SIDES = ("ours", "theirs")
_SOURCES = 25
_IDLE = 2.0


class Api:
    """The sandbox's API over one kept connection, without any MCP server between."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self._used = 0.0

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the JSON of its answer. Raises `RuntimeError` where Panther refuses."""
        if time.monotonic() - self._used > _IDLE:
            self._connection.close()  # the sandbox does so soon; the next request opens a new one
        headers = {"X-API-Key": self.token, "Content-Type": "application/json"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        text = answer.read()
        self._used = time.monotonic()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: HTTP {answer.status}: {text[:300]!r}")
        return json.loads(text) if text else None

    def graphql(self, query: str, variables: Mapping[str, Any]) -> Any:
        """Send a GraphQL operation and return its data."""
        answer = self.send("POST", "/public/graphql", {"query": query, "variables": variables})
        if answer.get("errors"):
            raise RuntimeError(f"GraphQL: {answer['errors']}")
        return answer["data"]


@dataclass(frozen=True)
class Contest:
    """Both servers' commands, the environment that they get, and the API behind them."""

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    api: Api

    def start(self, side: str, **environment: str) -> StdioServer:
        """Start the server of `side`, and do no more."""
        return StdioServer(self.commands[side], {**self.environment, **environment})

    @contextmanager
    def serving(self, side: str, **environment: str) -> Iterator[StdioServer]:
        """Start the server of `side` and do the handshake."""
        with self.start(side, **environment) as server:
            server.initialize()
            yield server

    @contextmanager
    def latency(self, milliseconds: int) -> Generator[None]:
        """Let each answer of the API take so much longer meanwhile."""
        self.api.send("PUT", "/sandbox/faults", {"faults": [f"latency={milliseconds}"]})
        try:
            yield
        finally:
            self.api.send("PUT", "/sandbox/faults", {"faults": []})


@contextmanager
def contest(incumbent: str) -> Iterator[Contest]:
    """Start a sandbox with as many log sources as fill a page; `incumbent` is the other server's command."""
    ours = [sys.executable, "-m", "panther_mcp"]
    command = [*ours, "sandbox"]
    with TemporaryDirectory() as folder, subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            values = dict(process.stdout.readline().strip().split("=", 1) for _ in range(2))
            api = Api(values["PANTHER_INSTANCE_URL"], values["PANTHER_API_TOKEN"])
            _fill(api)
            # A benchmark has nobody to confirm a change; the incumbent asks nobody either.
            environment = {**values, "PANTHER_MCP_CONFIRM": "never", "XDG_STATE_HOME": folder}
            yield Contest({"ours": ours, "theirs": [incumbent]}, environment, api)
        finally:
            process.terminate()


def _fill(api: Api) -> None:
    """Add healthy log sources, so that there are more than fill a page."""
    for number in range(_SOURCES):
        source = {"integrationLabel": f"Webhook {number:02}", "logStreamType": "JSON", "logTypes": ["GitHub.Audit"]}
        api.send("POST", "/log-sources/http", {**source, "authMethod": "None"})

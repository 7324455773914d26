"""A bare JSON-RPC client over stdio: it measures the server, not a client library."""

import json
import math
import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROTOCOL = "2025-06-18"
_CLIENT = {"name": "benchmark", "version": "1"}


@dataclass(frozen=True)
class Launch:
    """One life of a server: seconds to each point, bytes of its tool list, and its peak memory in MiB."""

    to_initialize: float
    to_tools_list: float
    to_exit: float
    tools: int
    tools_list_bytes: int
    peak_memory: float


class StdioServer:
    """A server process, spoken to line by line. Use as a context manager."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._next_id = 0

    def request(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Send a request and return the line of its answer."""
        self._next_id += 1
        self._send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if json.loads(line).get("id") == self._next_id:
                return line
        raise RuntimeError(f"the server ended before it answered {method}")

    def notify(self, method: str) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method})

    def initialize(self) -> None:
        """Do the handshake."""
        self.request("initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": _CLIENT})
        self.notify("notifications/initialized")

    def peak_memory(self) -> float:
        """Return the peak memory of the process in MiB, NaN where there is no /proc.

        Not from wait4: its figure includes the moment between fork and exec, when the child is a copy of us.
        """
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else math.nan

    def close(self) -> None:
        """Close the input and wait for the end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()


def tool_bytes(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, int]:
    """Return the bytes of each tool in the server's tools/list, by its name, as compact JSON."""
    server = StdioServer(command, environment)
    server.initialize()
    sizes: dict[str, int] = {}
    cursor: dict[str, str] = {}
    while True:
        result = json.loads(server.request("tools/list", cursor))["result"]
        for tool in result["tools"]:
            sizes[tool["name"]] = len(json.dumps(tool, separators=(",", ":"), ensure_ascii=False).encode())
        if not result.get("nextCursor"):
            break
        cursor = {"cursor": result["nextCursor"]}
    server.close()
    return sizes


def launch(command: Sequence[str], environment: Mapping[str, str]) -> Launch:
    """Start a server, list its tools, end it, and return what that took."""
    begun = time.perf_counter()
    server = StdioServer(command, environment)
    server.initialize()
    initialized = time.perf_counter()
    answer = server.request("tools/list", {})
    listed = time.perf_counter()
    peak_memory = server.peak_memory()
    closing = time.perf_counter()
    server.close()
    ended = time.perf_counter()
    return Launch(
        to_initialize=initialized - begun,
        to_tools_list=listed - begun,
        to_exit=ended - closing,
        tools=len(json.loads(answer)["result"]["tools"]),
        tools_list_bytes=len(answer),
        peak_memory=peak_memory,
    )

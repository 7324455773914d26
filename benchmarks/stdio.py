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
_ID = re.compile(rb'"id":\s*(\d+)[,}]')
# An answer begins with its id in both servers; content that looks alike stands further behind.
_HEAD = 64


@dataclass(frozen=True)
class Call:
    """A call of a tool."""

    tool: str
    arguments: Mapping[str, Any]


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

    def __enter__(self) -> "StdioServer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def request(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Send a request and return the line of its answer."""
        asked = self._ask(method, params)
        while True:
            number, line = self._answer()
            if number == asked:
                return line

    def call(self, call: Call) -> bytes:
        """Call a tool and return the line of the answer. Raises `RuntimeError` where the tool has failed."""
        line = self.request("tools/call", {"name": call.tool, "arguments": call.arguments})
        answer = json.loads(line)
        if "error" in answer or answer["result"].get("isError") or _says_failed(answer["result"]):
            raise RuntimeError(f"{call.tool} failed: {line[:500].decode()}")
        return line

    def timed(self, call: Call, times: int, at_once: int = 1) -> tuple[list[float], float]:
        """Call a tool `times` times, `at_once` under way; return the seconds of each, and of all together."""
        params = {"name": call.tool, "arguments": call.arguments}
        begun: dict[int, float] = {}
        took: list[float] = []
        start = time.perf_counter()
        for _ in range(min(at_once, times)):
            begun[self._ask("tools/call", params)] = time.perf_counter()
        while begun:
            number, _ = self._answer()
            if number in begun:
                took.append(time.perf_counter() - begun.pop(number))
                if len(took) + len(begun) < times:
                    begun[self._ask("tools/call", params)] = time.perf_counter()
        return took, time.perf_counter() - start

    def initialize(self) -> None:
        """Do the handshake."""
        self.request("initialize", {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": _CLIENT})
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def tools(self) -> list[dict[str, Any]]:
        """Return the entries of the whole tool list."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            result = json.loads(self.request("tools/list", cursor))["result"]
            found += result["tools"]
            if not result.get("nextCursor"):
                return found
            cursor = {"cursor": result["nextCursor"]}

    def peak_memory(self) -> float:
        """Return the peak memory of the process in MiB, NaN where there is no /proc.

        Not from wait4: its figure includes the moment between fork and exec, when the child is a copy of us.
        """
        return self._memory("VmHWM")

    def memory(self) -> float:
        """Return the resident memory of the process in MiB, NaN where there is no /proc."""
        return self._memory("VmRSS")

    def cpu(self) -> float:
        """Return the seconds of CPU time that the process has used, NaN where there is no /proc."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        if not stat.exists():
            return math.nan
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Close the input and wait for the end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _memory(self, what: str) -> float:
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(rf"{what}:\s+(\d+) kB", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else math.nan

    def _ask(self, method: str, params: Mapping[str, Any]) -> int:
        self._next_id += 1
        self._send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return self._next_id

    def _answer(self) -> tuple[int, bytes]:
        """Return the next answer and the id of its request; to parse more of it would be measured too."""
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if found := _ID.search(line, 0, _HEAD):
                return int(found[1]), line
            if "id" in (answer := json.loads(line)) and "method" not in answer:
                return int(answer["id"]), line
        raise RuntimeError("the server has ended")

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        self._process.stdin.flush()


def text_of(line: bytes) -> str:
    """Return what a model reads of the answer to a call: the texts of its content."""
    return "\n".join(part.get("text", "") for part in json.loads(line)["result"]["content"])


def _says_failed(result: Mapping[str, Any]) -> bool:
    """Say whether a result is the incumbent's way to tell a failure: a success with a flag in it."""
    return (result.get("structuredContent") or {}).get("success") is False

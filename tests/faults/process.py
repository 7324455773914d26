"""A server process of its own, spoken to line by line over stdio: what no client library would send, can be sent."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from .panther import FaultyPanther, Json

_LONGEST_LINE = 1 << 26
_START_SECONDS = 120.0


def environment(panther: FaultyPanther, state: Path, **more: str) -> dict[str, str]:
    """Return what a server for a sandbox is told: all tools, no questions, everything that it writes below `state`."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "PANTHER_INSTANCE_URL": panther.url,
        "PANTHER_API_TOKEN": panther.token,
        "PANTHER_MCP_TOOLSETS": "all",
        "PANTHER_MCP_CONFIRM": "never",
        "PANTHER_MCP_PERMISSION_GATING": "off",
        "PANTHER_MCP_AUDIT_LOG": str(state / "audit.jsonl"),
        "PANTHER_MCP_SECRETS_DIR": str(state / "secrets"),
        "XDG_STATE_HOME": str(state),
        **more,
    }


class ServerProcess:
    """Requests by their numbers, any number of them at once; `unreadable` counts the lines it could not read."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.unreadable = 0
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._reading = asyncio.create_task(self._read())

    def ask(self, method: str, params: Any = None) -> asyncio.Future[Json]:
        """Send a request; the future gets its answer, and an error when the process ends before."""
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": {} if params is None else params})
        return answer

    def call(self, tool: str, arguments: Any) -> asyncio.Future[Json]:
        """Call a tool."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def give_up(self) -> None:
        """Let go of those who still wait."""
        for answer in self._waiting.values():
            answer.cancel()
        self._waiting.clear()

    async def greet(self) -> None:
        """Do the handshake."""
        client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "faults", "version": "1"}}
        async with asyncio.timeout(_START_SECONDS):
            await self.ask("initialize", client)
        self._send({"method": "notifications/initialized"})

    async def kill(self) -> None:
        """End it as a crash would, and wait for its end."""
        self.process.kill()
        await self.process.wait()
        await self._reading
        self.give_up()

    async def end(self) -> int:
        """End its input; return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(_START_SECONDS):
            status = await self.process.wait()
        await self._reading
        self.give_up()
        return status

    def _send(self, message: Json) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message = json.loads(line)
            waiting = self._waiting.pop(message.get("id") or 0, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)
            elif "error" in message and message.get("id") is None:
                self.unreadable += 1


@asynccontextmanager
async def server_process(told: Mapping[str, str], log: Path) -> AsyncIterator[ServerProcess]:
    """Start a server that has greeted; its stderr is added to `log`. It is killed where it still runs at the end."""
    with log.open("ab") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "panther_mcp"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=dict(told),
            limit=_LONGEST_LINE,
        )
    server = ServerProcess(process)
    try:
        await server.greet()
        yield server
    finally:
        if process.returncode is None:
            await server.kill()

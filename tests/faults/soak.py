"""A mixed load under random faults for a while: nothing lost, nothing twice, nothing left over, memory flat."""

from __future__ import annotations

import asyncio
import random
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
from fastmcp import Client

from .figures import Figures
from .outcomes import UNCERTAIN, outcome_of
from .panther import FaultyPanther, Json
from .process import environment

FAULTS = (
    "latency=5;jitter=60;probability=0.2;seed=1",
    "drip=1;chunk=512;probability=0.01;seed=2",
    "status=503;probability=0.01;seed=3",
    "status=503;when=after;probability=0.007;seed=4",
    "status=429;retry-after=1;probability=0.007;seed=5",
    "html=502;probability=0.007;seed=6",
    "reset;probability=0.007;seed=7",
    "reset;when=after;probability=0.007;seed=8",
    "nonsense=broken;when=after;probability=0.007;seed=9",
    "truncate;probability=0.007;seed=10",
    "truncate=body;probability=0.007;seed=11",
    "huge=1;probability=0.007;seed=12",
    "bomb=1;probability=0.007;seed=13",
    "errors;probability=0.007;seed=14",
    "errors=only;probability=0.007;seed=15",
    "null;probability=0.007;seed=16",
    "mistyped;probability=0.007;seed=17",
    "enum;probability=0.05;seed=18",
    "latency=60000;probability=0.002;seed=19",
)
_CLIENTS = 6
_CALL_SECONDS = 90.0
_SETTLING_SECONDS = 40.0
_MEBIBYTE = 1 << 20
# What connections to Panther a server may keep for its next request.
_KEPT_CONNECTIONS = 20
_SERVER = Path(__file__).with_name("counted_server.py")
_LISTENS = re.compile(r"serves MCP on (http://\S+)/mcp")
READS: tuple[tuple[str, Json], ...] = (
    ("list_alerts", {}),
    ("list_detections", {}),
    ("list_users", {}),
    ("list_log_sources", {}),
    ("get_severity_alert_metrics", {}),
    ("list_databases", {}),
    ("query_data_lake", {"sql": "SELECT eventName FROM aws_cloudtrail WHERE p_occurs_since('1 d') LIMIT 20"}),
)


@dataclass(frozen=True)
class Left:
    """What a server holds while nobody calls it."""

    tasks: int
    connections: int
    rss_mib: float


@dataclass
class Soak:
    """One server process, several clients. `growth_mib` is by how much its memory grew after the warm-up."""

    panther: FaultyPanther
    state: Path
    figures: Figures = field(default_factory=Figures)
    problems: list[str] = field(default_factory=list[str])
    growth_mib: float = 0.0
    # What each write was told to have done: "done", "unknown" or "not".
    _told: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    _changes: list[Json] = field(default_factory=list[Json])

    @property
    def writes(self) -> Counter[str]:
        """How many writes were told as what."""
        return Counter(self._told.values())

    async def run(self, seconds: float, *, most_growth_mib: float) -> None:
        """Load for so many seconds, after a warm-up of a quarter of that; memory may grow by so many MiB."""
        last = self.panther.last_change()
        injected = self.panther.injected
        async with _counted_server(environment(self.panther, self.state, **_SETTINGS), self.state) as (process, url):
            await self._load(url, seconds / 4, "warm-up")
            before = await self._settled(process, url)
            collecting = asyncio.create_task(self._collect(last))
            await self._load(url, seconds, "soak")
            collecting.cancel()
            after = await self._settled(process, url, at_most=before)
            self.figures.faults += self.panther.injected - injected
            self._compare(before, after, most_growth_mib)
        self._collect_now(last if not self._changes else self._changes[-1]["number"])
        self._check_writes()
        if "Traceback" in (self.state / "stderr").read_text():
            self.figures.internal += 1
            self.problems.append(f"a traceback in {self.state / 'stderr'}")

    async def _load(self, url: str, seconds: float, name: str) -> None:
        alerts = self.panther.alert_ids()
        self.panther.ask_for(*FAULTS)
        until = asyncio.get_running_loop().time() + seconds
        try:
            await asyncio.gather(*(self._client(url, until, f"{name} {n}", alerts) for n in range(_CLIENTS)))
        finally:
            self.panther.ask_for()

    async def _client(self, url: str, until: float, name: str, alerts: list[str]) -> None:
        chance = random.Random(name)
        async with Client(f"{url}/mcp", timeout=_CALL_SECONDS) as client:
            number = 0
            while asyncio.get_running_loop().time() < until:
                number += 1
                self.figures.calls += 1
                try:
                    async with asyncio.timeout(_CALL_SECONDS):
                        await self._one(client, chance, f"{name} write {number}", alerts)
                except TimeoutError:
                    self.figures.hangs += 1
                    self.problems.append(f"{name}: no end of call {number}")

    async def _one(self, client: Client[Any], chance: random.Random, text: str, alerts: list[str]) -> None:
        kind = chance.random()
        if kind < 0.5:
            tool, arguments = chance.choice(READS)
            outcome = outcome_of(await client.call_tool_mcp(tool, arguments))
        elif kind < 0.85:
            alert = chance.choice(alerts)
            tool, arguments = "add_alert_comment", {"alert_id": alert, "comment": text}
            outcome = outcome_of(await client.call_tool_mcp(tool, arguments))
            self._told[text, alert] = "done" if outcome.code is None else "unknown" if outcome.uncertain else "not"
        else:
            ids = chance.sample(alerts, 3)
            tool, arguments = "bulk_update_alerts", {"alert_ids": ids, "comment": text}
            outcome = outcome_of(await client.call_tool_mcp(tool, arguments))
            doubtful = {one["alert_id"] for one in outcome.told.get("failed", ()) if UNCERTAIN.search(str(one))}
            for alert in ids:
                done = alert in outcome.told.get("commented", ())
                unknown = alert in doubtful or (outcome.code is not None and outcome.uncertain)
                self._told[text, alert] = "done" if done else "unknown" if unknown else "not"
        if outcome.code == "internal":
            self.figures.internal += 1
            self.problems.append(f"{tool} {arguments}: {outcome.text}")

    async def _settled(self, process: psutil.Process, url: str, at_most: Left | None = None) -> Left:
        """Return what the server holds once it holds no more than `at_most`, or the time for that is over."""
        deadline = asyncio.get_running_loop().time() + _SETTLING_SECONDS
        while True:
            async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
                tasks = (await http.get(f"{url}/tasks")).json()["tasks"]
            port = int(self.panther.url.rpartition(":")[2])
            upstream = [one for one in process.net_connections("tcp") if one.raddr and one.raddr.port == port]
            left = Left(tasks, len(upstream), process.memory_info().rss / _MEBIBYTE)
            self.figures.peak_mib = max(self.figures.peak_mib, left.rss_mib)
            enough = at_most is not None and tasks <= at_most.tasks and left.connections <= _KEPT_CONNECTIONS
            if enough or at_most is None or asyncio.get_running_loop().time() > deadline:
                return left
            await asyncio.sleep(0.2)

    def _compare(self, before: Left, after: Left, most_growth_mib: float) -> None:
        self.growth_mib = after.rss_mib - before.rss_mib
        if after.tasks > before.tasks:
            self.problems.append(f"tasks are left over: {before.tasks} before, {after.tasks} after")
        if after.connections > _KEPT_CONNECTIONS:
            self.problems.append(f"connections are left over: {after.connections}")
        if self.growth_mib > most_growth_mib:
            self.problems.append(f"memory grew from {before.rss_mib:.0f} to {after.rss_mib:.0f} MiB")

    async def _collect(self, last: int) -> None:
        """Read the journal now and then: it keeps no more than the last changes."""
        while True:
            last = await asyncio.to_thread(self._collect_now, last)
            await asyncio.sleep(5)

    def _collect_now(self, last: int) -> int:
        found = self.panther.changes(last)
        known = self._changes[-1]["number"] if self._changes else 0
        self._changes += [change for change in found if change["number"] > known]
        return self._changes[-1]["number"] if self._changes else last

    def _check_writes(self) -> None:
        given = [change["input"]["input"] for change in self._changes if change["operation"] == "createAlertComment"]
        made = Counter((one["body"], one["alertId"]) for one in given)
        for write, told in self._told.items():
            times = made[write]
            if times > 1:
                self.figures.duplicated += times - 1
                self.problems.append(f"{write}: made {times} times, told as {told}")
            if (told == "done" and not times) or (told == "not" and times):
                self.figures.lost += 1
                self.problems.append(f"{write}: told as {told}, made {times} times")


_SETTINGS = {
    "MCP_TRANSPORT": "http",
    "MCP_PORT": "0",
    "PANTHER_MCP_READ_TIMEOUT": "2",
    "PANTHER_MCP_CALL_TIMEOUT": "10",
    # fastmcp is imported before the server could say so itself.
    "FASTMCP_CHECK_FOR_UPDATES": "off",
    "FASTMCP_LOG_ENABLED": "false",
    "FASTMCP_SHOW_SERVER_BANNER": "false",
}


@asynccontextmanager
async def _counted_server(told: dict[str, str], state: Path) -> AsyncIterator[tuple[psutil.Process, str]]:
    log = state / "stderr"
    with log.open("wb") as stderr:
        server = await asyncio.create_subprocess_exec(
            sys.executable, str(_SERVER), stdin=asyncio.subprocess.DEVNULL, stderr=stderr, env=told
        )
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            while not (found := _LISTENS.search(log.read_text())):
                assert server.returncode is None, log.read_text()
                await asyncio.sleep(0.05)
        yield psutil.Process(server.pid), found[1]
    finally:
        if server.returncode is None:
            server.terminate()
            try:
                async with asyncio.timeout(30):
                    await server.wait()
            except TimeoutError:
                server.kill()
                await server.wait()

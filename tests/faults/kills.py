"""kill -9 in the midst of writes: the audit log still verifies, and agrees with what was changed."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .figures import Figures
from .outcomes import Outcome, outcome_told
from .panther import FaultyPanther, Json
from .process import environment, server_process

_CALLS = 12
_ALERTS_AT_ONCE = 6
_ROUND_SECONDS = 120.0
_COMMENT = "createAlertComment"
_STATUSES = ("OPEN", "TRIAGED", "RESOLVED", "CLOSED")


@dataclass
class Kills:
    """Rounds against one sandbox and one audit log. What is written is told apart by the text of its comment."""

    panther: FaultyPanther
    state: Path
    figures: Figures = field(default_factory=Figures)
    problems: list[str] = field(default_factory=list[str])
    _answered: dict[str, Outcome] = field(default_factory=dict[str, Outcome])

    @property
    def seen(self) -> int:
        """How many answers came before the process was killed."""
        return len(self._answered)

    async def run(self, rounds: int, seed: int = 0) -> None:
        """Kill so many servers, each after a number of answers and at a moment that chance decides."""
        chance = random.Random(seed)
        begin = self.panther.last_change()
        alerts = self.panther.alert_ids()
        injected = self.panther.injected
        # So that requests are under way at any moment.
        self.panther.ask_for("latency=5;jitter=40")
        for number in range(rounds):
            async with asyncio.timeout(_ROUND_SECONDS):
                await self._round(number, alerts, chance)
        self.figures.faults += self.panther.injected - injected
        self.panther.ask_for()
        self._check(self.panther.changes(begin))

    async def _round(self, number: int, alerts: list[str], chance: random.Random) -> None:
        told = environment(self.panther, self.state)
        async with server_process(told, self.state / "stderr") as server:
            calls: dict[asyncio.Future[Json], str] = {}
            for index in range(_CALLS):
                text = f"round {number} call {index}"
                if index % 3:
                    call = server.call("add_alert_comment", {"alert_id": chance.choice(alerts), "comment": text})
                else:
                    ids = chance.sample(alerts, min(_ALERTS_AT_ONCE, len(alerts)))
                    change = {"alert_ids": ids, "status": chance.choice(_STATUSES), "comment": text}
                    call = server.call("bulk_update_alerts", change)
                calls[call] = text
            self.figures.calls += _CALLS
            wanted, done = chance.randrange(_CALLS - 2), set[asyncio.Future[Json]]()
            while len(done) < wanted:
                done, _ = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
                if len(done) < wanted:
                    await asyncio.wait(calls.keys() - done, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(chance.uniform(0, 0.05))
            await server.kill()
            for call, text in calls.items():
                if call.done() and not call.cancelled():
                    result = call.result()["result"]
                    told_back = result["structuredContent"]
                    self._answered[text] = outcome_told(told_back, is_error=result.get("isError", False))

    def _check(self, changes: list[Json]) -> None:
        verified = subprocess.run(
            [sys.executable, "-m", "panther_mcp", "audit", "verify", str(self.state / "audit.jsonl")],
            capture_output=True,
            text=True,
            check=False,
        )
        if verified.returncode:
            self._wrong(f"the audit log does not verify: {verified.stdout}{verified.stderr}")
        lines = [json.loads(line) for line in (self.state / "audit.jsonl").read_text().splitlines() if line.strip()]
        intents = {line["id"]: line["arguments"] for line in lines if line["event"] == "intent"}
        outcomes = {line["id"]: line["outcome"] for line in lines if line["event"] == "outcome"}
        commented = Counter(_comment(change) for change in changes if change["operation"] == _COMMENT)
        self._check_changes(changes, commented, intents)
        ended = {intents[call]["comment"]: outcome for call, outcome in outcomes.items() if call in intents}
        for call, outcome in outcomes.items():
            if outcome == "ok":
                self._check_made(intents[call], commented)
        for text, outcome in self._answered.items():
            if outcome.code is None and ended.get(text) not in ("ok", "partial"):
                self._wrong(f"{text}: told as done, but the audit log says {ended.get(text)}")
        if "Traceback" in (self.state / "stderr").read_text():
            self.figures.internal += 1
            self.problems.append(f"a traceback in {self.state / 'stderr'}")

    def _check_changes(self, changes: list[Json], commented: Counter[Any], intents: dict[str, Json]) -> None:
        """Each change has an intent that names it, and was made once."""
        meant = {(text, alert) for given in intents.values() for text, alert in _meant(given)}
        for change, times in commented.items():
            if times > 1:
                self.figures.duplicated += times - 1
                self.problems.append(f"{change}: made {times} times")
            if change not in meant:
                self._wrong(f"{change}: made, but the audit log has no intent of it")
        statuses = {
            (tuple(sorted(given["alert_ids"])), given["status"]) for given in intents.values() if "status" in given
        }
        for change in changes:
            if change["operation"] == "updateAlertStatusById":
                given = change["input"]["input"]
                if (tuple(sorted(given["ids"])), given["status"]) not in statuses:
                    self._wrong(f"{given}: made, but the audit log has no intent of it")

    def _check_made(self, given: Json, commented: Counter[Any]) -> None:
        for change in _meant(given):
            if not commented[change]:
                self._wrong(f"{change}: ended well in the audit log, but was not made")

    def _wrong(self, problem: str) -> None:
        self.figures.lost += 1
        self.problems.append(problem)


def _comment(change: Json) -> tuple[str, str]:
    given = change["input"]["input"]
    return given["body"], given["alertId"]


def _meant(given: Json) -> list[tuple[str, str]]:
    """Return the comments that arguments ask for, and of which alert each is."""
    return [(given["comment"], alert) for alert in given.get("alert_ids") or [given["alert_id"]]]

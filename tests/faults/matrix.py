"""Every tool under every fault: how the call ends, and whether what it says of its change is so."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fastmcp import Client

from panther_mcp.server import create_server
from panther_mcp.settings import Secret, Settings

from .cases import FAULTS, FaultCase
from .figures import Figures
from .outcomes import Outcome, outcome_of
from .panther import FaultyPanther, Json, repeated
from .tools import TOOLS, WRITES, example, shortest_wait

# What no call may take, whatever happens to it: each of its requests is bounded far below.
HANG_SECONDS = 60.0
_PATIENT_TIMEOUTS: dict[str, Any] = {"connect_timeout": 10.0, "read_timeout": 30.0, "call_timeout": 30.0, "retries": 0}
_SHORT_TIMEOUTS: dict[str, Any] = {"connect_timeout": 2.0, "read_timeout": 0.3, "call_timeout": 0.6}
# These wait for runs in Panther for minutes, and a client cannot shorten it.
_PATIENT = frozenset({"get_alert_event_stats", "backtest_detection"})
# Has no divisor in common with the number of trials, most likely: neighbours get different faults.
_STRIDE = 17
_UNANSWERED = ("DELETE ", "PATCH ")


@dataclass(frozen=True)
class Trial:
    """One call under one fault; `requests` are the options that choose which of its requests it befalls."""

    tool: str
    fault: FaultCase
    requests: str = ""

    @property
    def spec(self) -> str:
        return f"{self.fault.spec}{self.requests}"

    @property
    def every(self) -> bool:
        """Whether it befalls every request."""
        return not self.requests

    def __str__(self) -> str:
        return f"{self.tool} under {self.spec}"


@dataclass
class Matrix:
    """Runs trials against one sandbox, which is put back after each; `problems` says what was not as it must be."""

    panther: FaultyPanther
    settings: Settings
    figures: Figures = field(default_factory=Figures)
    problems: list[str] = field(default_factory=list[str])
    _reference: dict[str, tuple[Sequence[Json], int]] = field(default_factory=dict[str, Any])

    @classmethod
    def of(cls, panther: FaultyPanther, **settings: Any) -> Matrix:
        """Return a matrix; `settings` are those of the server beside what trials need."""
        return cls(
            panther,
            Settings(
                instance_url=panther.url,
                api_token=Secret(panther.token),
                toolsets=("all",),
                confirm="never",
                permission_gating="off",
                verify_tls=False,
                **(_PATIENT_TIMEOUTS | settings),
            ),
        )

    async def run(self, trials: Sequence[Trial]) -> None:
        """Run the trials, one after the other; those of writes also on the request that writes alone."""
        for trial in trials:
            await self._try(trial)

    async def changes_of(self, tool: str) -> Sequence[Json]:
        """Return what a call of a tool changes when nothing goes wrong."""
        return (await self._faultless(tool))[0]

    async def every_trial(self, tools: Sequence[str]) -> list[Trial]:
        """Return each tool under each fault: on all of its requests, on all but the first, on all but the first two."""
        trials: list[Trial] = []
        for tool in tools:
            _, requests = await self._faultless(tool)
            places = ("", ";skip=1", ";skip=2")[: max(requests, 1)]
            trials += [Trial(tool, fault, place) for fault in FAULTS if applicable(tool, fault) for place in places]
        return trials

    async def _faultless(self, tool: str) -> tuple[Sequence[Json], int]:
        """Return what a call of a tool changes when nothing goes wrong, and how many requests it takes."""
        if tool not in self._reference:
            injected = self.panther.injected
            # One that does nothing counts the requests.
            self.panther.ask_for("latency=0")
            outcome, changes = await self._call(tool, example(tool), self.settings)
            self.panther.ask_for()
            assert outcome is not None, tool
            assert outcome.code in (None, "not_found"), outcome
            self._reference[tool] = changes, self.panther.injected - injected
        return self._reference[tool]

    async def on_the_write(self, tool: str, faults: Sequence[FaultCase]) -> list[Trial]:
        """Return the trials in which everything goes well but the request that changes something."""
        operations = dict.fromkeys(change["operation"] for change in await self.changes_of(tool))
        whens = {False: [""], True: ["", ";when=after"]}
        return [
            Trial(tool, fault, f"{when};operation={operation}")
            for fault in faults
            for when in whens[fault.after]
            for operation in operations
        ]

    async def _try(self, trial: Trial) -> None:
        expected = await self.changes_of(trial.tool)
        arguments = example(trial.tool)
        if trial.fault.spec.endswith("=stuck"):
            arguments |= shortest_wait(trial.tool)
        injected = self.panther.injected
        self.panther.ask_for(trial.spec)
        settings = replace(self.settings, **_SHORT_TIMEOUTS) if trial.fault.silent else self.settings
        outcome, changes = await self._call(trial.tool, arguments, settings)
        self.panther.ask_for()
        self.figures.calls += 1
        befallen = self.panther.injected - injected
        self.figures.faults += befallen
        if outcome is not None:
            self._judge(trial, outcome, befallen)
            if trial.tool in WRITES:
                self._compare(trial, outcome, changes, expected)

    async def _call(
        self, tool: str, arguments: dict[str, Any], settings: Settings
    ) -> tuple[Outcome | None, Sequence[Json]]:
        """Return how a call of a new server ended (None: not at all), and what it changed; then undo that."""
        before = self.panther.last_change()
        outcome = None
        try:
            async with asyncio.timeout(HANG_SECONDS), Client(create_server(settings, standalone=True)) as client:
                outcome = outcome_of(await client.call_tool_mcp(tool, arguments))
        except TimeoutError:
            self.figures.hangs += 1
            self.problems.append(f"{tool} {arguments}: no end within {HANG_SECONDS} s")
        except Exception as error:
            self.figures.internal += 1
            self.problems.append(f"{tool}: {type(error).__name__}: {error}")
        changes = self.panther.changes(before)
        if changes:
            self.panther.go_back()
        return outcome, changes

    def _judge(self, trial: Trial, outcome: Outcome, befallen: int) -> None:
        """Note an outcome that may not be: an internal error, a code that does not fit, a fault that is kept quiet."""
        if outcome.code == "internal":
            self.figures.internal += 1
            self.problems.append(f"{trial}: {outcome.text}")
        elif outcome.code is not None and outcome.code not in trial.fault.codes | _OWN.get(trial.tool, frozenset()):
            self.problems.append(f"{trial}: {outcome.code} does not fit: {outcome.text[:300]}")
        elif outcome.code is None and befallen and trial.fault.total and trial.every and not _tells(outcome):
            self.problems.append(f"{trial}: a result, though nothing came: {outcome.text[:300]}")

    def _compare(self, trial: Trial, outcome: Outcome, changes: Sequence[Json], expected: Sequence[Json]) -> None:
        """Note a change that was made twice, and one that was or was not made against what the call says."""
        twice = repeated(changes, expected)
        self.figures.duplicated += twice
        if twice:
            self.problems.append(f"{trial}: made twice: {_operations(changes)}")
        done, wanted = Counter(_operations(changes)), Counter(_operations(expected))
        if outcome.code is None and not outcome.partial and not outcome.told.get("unchanged"):
            missing = wanted - done
            if trial.fault.spec.startswith("nonsense"):
                # To these, a success without an answer is all the answer that Panther gives.
                missing = Counter({name: count for name, count in missing.items() if not name.startswith(_UNANSWERED)})
            self.figures.lost += missing.total()
            if missing:
                self.problems.append(f"{trial}: told as done, but {dict(missing)} was not: {outcome.text[:300]}")
        if outcome.code is not None and changes and not outcome.uncertain:
            self.figures.lost += 1
            self.problems.append(f"{trial}: told as failed, but {dict(done)} was done: {outcome.text[:400]}")


# Codes that a tool may answer with whatever the fault: it says `not_found` where there is nothing to tell of.
_OWN = {"get_ai_alert_triage_summary": frozenset({"not_found"})}


def _tells(outcome: Outcome) -> bool:
    return any(outcome.told.get(name) for name in ("failed", "warnings", "note", "errors", "incomplete"))


def _operations(changes: Sequence[Json]) -> list[str]:
    return [change["operation"] for change in changes]


def applicable(tool: str, fault: FaultCase) -> bool:
    """Say whether a fault can befall a tool in a time that a test has."""
    return not (fault.spec.endswith("=stuck") and tool in _PATIENT)


def some_trials(tools: Sequence[str], each: int) -> Iterator[Trial]:
    """Yield so many trials for each tool, so that over all tools every fault has its turn."""
    for tool in tools:
        for turn, fault in enumerate(_some_faults(tool, each)):
            if applicable(tool, fault):
                yield Trial(tool, fault, ";skip=1" if turn % 2 else "")


async def some_trials_on_the_write(matrix: Matrix, tool: str, each: int) -> list[Trial]:
    """Return so many of the trials in which everything goes well but the request that changes something."""
    trials = await matrix.on_the_write(tool, [fault for fault in FAULTS if not fault.slow])
    first = list(TOOLS).index(tool) * _STRIDE
    return [trials[(first + turn * _STRIDE) % len(trials)] for turn in range(each)] if trials else []


def _some_faults(tool: str, each: int) -> list[FaultCase]:
    quick = [fault for fault in FAULTS if not fault.slow]
    first = list(TOOLS).index(tool) * each
    return [quick[(first + turn) % len(quick)] for turn in range(each)]

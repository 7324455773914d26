"""Run a rule over events inside Panther, as unit tests that store nothing: its own engine, helpers and data models.

Every test expects that the rule does not fire. Those that fail are the events on which it fires, and Panther
describes them; an answer without a body says that it fires on none.
"""

import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import to_json

from panther_mcp.errors import FailedTests, UpstreamError
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.side_by_side import concurrently

# An instance runs the tests of a request one after the other, and must answer before its gateway gives up.
BATCH_EVENTS = 50
BATCH_BYTES = 400_000
_LARGEST_EVENT = 1_000_000
_CONCURRENT = 3
_TESTS_ONLY = {"run-tests-only": True}
_SHOWN_FUNCTIONS = ("title", "dedup", "severity")


@dataclass(frozen=True)
class Trial:
    """A rule to be tried: its collection in the REST API, and the fields that decide what it does."""

    collection: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """What went wrong in one of a rule's functions."""

    function: str
    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """What a rule did with one event; title, dedup and severity are None where it has no such function."""

    fired: bool = False
    errored: bool = False
    title: str | None = None
    dedup: str | None = None
    severity: str | None = None
    problems: tuple[Problem, ...] = ()


_QUIET = Outcome()


async def run_events(
    call: Call, trial: Trial, events: Sequence[JsonObject], *, finished: Callable[[], Awaitable[None]]
) -> list[Outcome | None]:
    """Return what the rule does with each event; None for an event that is too large to be sent.

    `finished` is called after each request. Raises `InvalidInput` with Panther's reason when the rule cannot be run
    at all, and `UpstreamError` when Panther stores the rule although it was told not to.
    """
    outcomes: list[Outcome | None] = [None] * len(events)

    async def run(batch: Mapping[int, str]) -> None:
        for number, outcome in (await _run(call, trial, batch)).items():
            outcomes[number] = outcome
        await finished()

    requests = [*batches(events)]
    # The first one alone: code that cannot be run at all is refused there, once.
    await concurrently([run(batch) for batch in requests[:1]], 1)
    await concurrently([run(batch) for batch in requests[1:]], _CONCURRENT)
    return outcomes


def batches(events: Sequence[JsonObject]) -> Iterator[dict[int, str]]:
    """Yield the events' JSON by their number, few and small enough for one request each."""
    batch: dict[int, str] = {}
    size = 0
    for number, event in enumerate(events):
        text = to_json(event).decode()
        if len(text) > _LARGEST_EVENT:
            continue
        if batch and (len(batch) >= BATCH_EVENTS or size + len(text) > BATCH_BYTES):
            yield batch
            batch, size = {}, 0
        batch[number] = text
        size += len(text)
    if batch:
        yield batch


async def _run(call: Call, trial: Trial, batch: Mapping[int, str]) -> dict[int, Outcome]:
    # An id that nothing has, for an id of a stored rule could be overwritten by a Panther that ignores the flag.
    identifier = f"backtest-{uuid.uuid4()}"
    tests = [{"name": str(number), "resource": text, "expectedResult": False} for number, text in batch.items()]
    document = {**trial.document, "id": identifier, "enabled": False, "tests": tests}
    try:
        stored = await call.documents.replace(trial.collection, identifier, document, query=_TESTS_ONLY, changes=False)
    except FailedTests as error:
        return dict.fromkeys(batch, _QUIET) | _outcomes(error.results, batch)
    if stored is not None:
        await call.documents.delete(trial.collection, identifier)
        raise UpstreamError(
            "This Panther stores a rule that was only to be tried; the copy has been deleted again.",
            hint="Its API cannot run tests alone, so nothing can be backtested on it.",
        )
    return dict.fromkeys(batch, _QUIET)


def _outcomes(results: Sequence[Mapping[str, Any]], batch: Mapping[int, str]) -> dict[int, Outcome]:
    """Return the outcomes that Panther describes; a test that it says nothing about has passed."""
    names = {str(number): number for number in batch}
    return {names[name]: _outcome(record) for record in results if (name := str(record.get("name"))) in names}


def _outcome(record: Mapping[str, Any]) -> Outcome:
    functions = _object(record.get("functions"))
    problems = [
        _problem(name, _object(_object(said).get("error")))
        for name, said in functions.items()
        if _object(said).get("error")
    ]
    if not problems and record.get("error"):
        problems = [_problem("detection", _object(record["error"]))]
    # A rule that fails raises no alert, but an error of the detection.
    errored = bool(record.get("errored")) or any(problem.function == "detection" for problem in problems)
    fired = bool(record.get("triggerAlert")) and not errored
    shown = {name: _object(functions.get(name)).get("output") for name in _SHOWN_FUNCTIONS}
    texts = {name: text for name, text in shown.items() if isinstance(text, str)} if fired else {}
    return Outcome(fired, errored, **texts, problems=tuple(problems))


def _problem(function: str, error: Mapping[str, Any]) -> Problem:
    return Problem(function, str(error.get("code") or ""), str(error.get("message") or ""))


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}

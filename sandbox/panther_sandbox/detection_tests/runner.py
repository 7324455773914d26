"""Starts the limited process for a detection's unit tests, waits for it, and ends it when it takes too long."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import panther_sandbox
from panther_sandbox.detection_tests.checking import check_python
from panther_sandbox.errors import InvalidInputError

WALL_SECONDS = 10.0
_MOST_OUTPUT = 4_000_000
_ROOT = Path(panther_sandbox.__file__).resolve().parent.parent
# Our own package is importable until the detection's code is, and not from then on.
_PROGRAM = (
    "import sys; root = sys.argv[1]; sys.path.insert(0, root); "
    "from panther_sandbox.detection_tests.child import main; sys.path.remove(root); main()"
)
Record = dict[str, Any]


@dataclass(frozen=True)
class DetectionCode:
    """What is needed to run a detection: its code and what it imports and reads."""

    body: str
    function: str
    log_types: Sequence[str]
    globals: Mapping[str, str]
    data_models: Sequence[Record]


def run_tests(code: DetectionCode, tests: Sequence[Record]) -> list[Record]:
    """Run unit tests and return their records, as the REST API has them.

    Raises InvalidInputError for code that is not Python, cannot be loaded, or has no rule (or policy) function.
    """
    check_python(code.body)
    for test in tests:
        _check_resource(test)
    job = {
        "body": code.body,
        "function": code.function,
        "logTypes": list(code.log_types),
        "globals": dict(code.globals),
        "dataModels": list(code.data_models),
        "tests": list(tests),
    }
    outcome = _outcome(json.dumps(job))
    if outcome is None:
        problem = {"code": "Killed", "message": "the code was stopped: it took too long or needed too much memory"}
        return [_killed(test, problem) for test in tests]
    if "error" in outcome:
        error = outcome["error"]
        raise InvalidInputError(f"body cannot be run: {error['code']}: {error['message']}")
    results: list[Record] = outcome["tests"]
    return results


def _check_resource(test: Record) -> None:
    try:
        event: object = json.loads(test["resource"])
    except (ValueError, RecursionError):
        raise InvalidInputError(f"tests: the resource of {test['name']!r} is not JSON") from None
    if not isinstance(event, dict):
        raise InvalidInputError(f"tests: the resource of {test['name']!r} must be a JSON object")


def _killed(test: Record, problem: Record) -> Record:
    return {
        "name": test["name"],
        "errored": True,
        "passed": False,
        "triggerAlert": False,
        "error": problem,
        "functions": {"detection": {"error": problem}},
    }


def _outcome(job: str) -> Record | None:
    """Return what the process wrote; None when it was ended, by us or by a limit."""
    process = subprocess.Popen(  # noqa: S603 - our own program, in our own interpreter
        [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=_ROOT,
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )
    try:
        output, _ = process.communicate(job, timeout=WALL_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)
    if process.returncode or len(output) > _MOST_OUTPUT:
        return None
    try:
        outcome: Any = json.loads(output)
    except (ValueError, RecursionError):
        # The code ended the process before its results were written, or wrote there itself.
        return None
    return cast("Record", outcome) if _is_outcome(outcome) else None


def _is_outcome(outcome: object) -> bool:
    given = cast("Record", outcome) if isinstance(outcome, dict) else {}
    tests: object = given.get("tests")
    if isinstance(tests, list):
        results = cast("Sequence[object]", tests)
        return all(isinstance(item, dict) and type(cast("Record", item).get("passed")) is bool for item in results)
    error: object = given.get("error")
    return isinstance(error, dict) and {"code", "message"} <= set(cast("Record", error))


def _end(process: subprocess.Popen[str]) -> None:
    """Kill the process with whatever it started; it leads a process group of its own."""
    if sys.platform == "win32":
        process.kill()
    else:
        # It may have ended already, with nothing left of its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

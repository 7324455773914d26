"""Runs inside the limited process: reads a job from stdin, runs each test, writes the results to stdout."""

from __future__ import annotations

import importlib.abc
import importlib.util
import json
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from typing import Any, cast

from panther_sandbox.detection_tests.event import Event, plain, wrapped
from panther_sandbox.detection_tests.limits import limit_this_process

Record = dict[str, Any]
SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "DEFAULT")
# The function in Python -> its name in the results, in the order in which they run.
_EXTRAS = {
    "title": "title",
    "dedup": "dedup",
    "severity": "severity",
    "description": "description",
    "reference": "reference",
    "runbook": "runbook",
    "destinations": "destinations",
    "alert_context": "alertContext",
}


class GlobalsFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Lets a detection import the stored globals."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def find_spec(self, fullname: str, _path: object, _target: object = None) -> ModuleSpec | None:
        """Find a global by its id."""
        return importlib.util.spec_from_loader(fullname, self) if fullname in self._sources else None

    def exec_module(self, module: types.ModuleType) -> None:
        """Run a global's code."""
        name = module.__name__
        exec(compile(self._sources[name], f"<global {name}>", "exec"), module.__dict__)  # noqa: S102 - what this process is for


class DataModels:
    """Answers `event.udm`, with each log type's own mapping."""

    def __init__(self, models: Sequence[Record], log_types: Sequence[str]) -> None:
        self._log_types = log_types
        self._models = models
        self._modules: dict[str, types.ModuleType] = {}

    def read(self, event: Event, key: str) -> Any:
        """Return the field of an event that has a common name."""
        log_type = event.get("p_log_type") or (self._log_types[0] if self._log_types else None)
        for model in self._models:
            if model["enabled"] and log_type in model["logTypes"]:
                for mapping in model["mappings"]:
                    if mapping["name"] == key:
                        return self._mapped(model, mapping, event)
        return None

    def _mapped(self, model: Record, mapping: Record, event: Event) -> Any:
        if mapping.get("method"):
            if model["id"] not in self._modules:
                self._modules[model["id"]] = _module(f"data_model_{model['id']}", model["body"])
            return getattr(self._modules[model["id"]], mapping["method"])(event)
        path = mapping["path"].removeprefix("$").removeprefix(".").replace("[*]", "")
        return event.deep_walk(*path.split("."))


def main() -> None:
    """Run the job."""
    job = json.load(sys.stdin)
    results_to = sys.stdout
    # What a detection prints is not a result.
    sys.stdout = sys.stderr
    limit_this_process()
    sys.meta_path.append(GlobalsFinder(job["globals"]))
    results = _run(job)
    results_to.write(json.dumps(results))
    results_to.flush()


def _run(job: Record) -> Record:
    try:
        module = _module("detection", job["body"])
        getattr(module, job["function"])
    except AttributeError:
        return {"error": {"code": "MISSING_FUNCTION", "message": f"the code has no function {job['function']}"}}
    except BaseException as error:
        return {"error": described(error)}
    return {"tests": [_test(job, test) for test in job["tests"]]}


def _module(name: str, source: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)  # noqa: S102 - what this process is for
    return module


def _test(job: Record, test: Record) -> Record:
    # Each test gets the module anew: one must not see what another left behind, nor its mocks.
    result: Record = {"name": test["name"], "errored": False, "passed": False, "triggerAlert": False, "functions": {}}
    try:
        module = _module("detection", job["body"])
        for mock in test.get("mocks") or ():
            _mock(module, mock)
        models = DataModels(job["dataModels"], job["logTypes"])
        event = Event(json.loads(test["resource"]), models.read)
        output = getattr(module, job["function"])(event)
        if not isinstance(output, bool):
            raise TypeError(f"{job['function']} returned {type(output).__name__}, expected bool")
    except BaseException as error:
        problem = described(error)
        return result | {"errored": True, "error": problem, "functions": {"detection": {"error": problem}}}
    functions: Record = {"detection": {"output": json.dumps(output)}}
    triggers = output is not (job["function"] == "policy")
    if triggers:
        functions |= {
            shown: _extra(name, getattr(module, name), event)
            for name, shown in _EXTRAS.items()
            if hasattr(module, name)
        }
    failed = any("error" in record for record in functions.values())
    passed = output is test["expectedResult"] and not failed
    return result | {"passed": passed, "triggerAlert": triggers, "functions": functions}


def _extra(name: str, function: Callable[[Event], Any], event: Event) -> Record:
    try:
        output = plain(function(event))
        _check_extra(name, output)
        return {"output": output if isinstance(output, str) else json.dumps(output)}
    except BaseException as error:
        return {"error": described(error)}


def _check_extra(name: str, output: object) -> None:
    if name == "alert_context":
        if not isinstance(output, dict):
            raise TypeError(f"alert_context returned {type(output).__name__}, expected dict")
    elif name == "destinations":
        if not isinstance(output, list):
            raise TypeError(f"destinations returned {type(output).__name__}, expected list")
    elif not isinstance(output, str):
        raise TypeError(f"{name} returned {type(output).__name__}, expected str")
    if name == "severity" and str(cast("Any", output)).upper() not in SEVERITIES:
        raise ValueError(f"severity returned {output!r}, expected one of {', '.join(SEVERITIES)}")


def _mock(module: types.ModuleType, mock: Mapping[str, str]) -> None:
    name = mock.get("objectName", "")
    if not hasattr(module, name):
        raise AttributeError(f"mock: the code has no {name!r}")
    text = mock.get("returnValue", "")
    try:
        value = json.loads(text)
    except ValueError:
        value = text

    def returns(*_arguments: Any, **_named: Any) -> Any:
        return wrapped(value)

    setattr(module, name, returns)


def described(error: BaseException) -> dict[str, str]:
    """Return an error as the results have it, with the line of the detection that it comes from."""
    message = str(error)
    if isinstance(error, SyntaxError):
        message = f"{error.msg} (line {error.lineno})"
    else:
        trace, line = error.__traceback__, 0
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == "<detection>":
                line = trace.tb_lineno
            trace = trace.tb_next
        message += f" (line {line})" if line else ""
    return {"code": type(error).__name__, "message": message}

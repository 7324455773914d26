"""Unit tests of detections: as models write them, and the table of how they went."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from pydantic_core import from_json

from panther_mcp.errors import InvalidInput, JsonValue, bounded
from panther_mcp.runtime import JsonObject

# Panther's names of a test's fields, and how else they are written: in YAML files, in Python, by habit.
_FIELDS = {
    "name": "name",
    "expectedresult": "expectedResult",
    "expected": "expectedResult",
    "resource": "resource",
    "log": "resource",
    "event": "resource",
    "mocks": "mocks",
}
_MOCK_FIELDS = {"objectname": "objectName", "returnvalue": "returnValue"}
_SHAPE = "A test is {name, expectedResult: true or false, resource: the event as an object}"
_SHOWN_PROBLEMS = 5
_LONGEST_TEXT = 300
_LONGEST_OUTPUT = 160


def unit_tests(given: Sequence[Mapping[str, object]], param: str) -> list[JsonObject]:
    """Return tests in Panther's form: events as JSON text, names spelt as it spells them.

    Raises `InvalidInput` with everything that is wrong; `param` is the argument that they came as.
    """
    problems: list[str] = []
    tests = [_unit_test(test, f"{param}[{index}]", problems) for index, test in enumerate(given)]
    names = [test.get("name") for test in tests]
    repeated = sorted({str(name)[:60] for name in names if name is not None and names.count(name) > 1})
    problems += [f"{param} has two tests named {name!r}" for name in repeated]
    if problems:
        more = len(problems) - _SHOWN_PROBLEMS
        listed = "; ".join(problems[:_SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        raise InvalidInput(f"The tests do not fit: {bounded(listed)}. {_SHAPE}.")
    return tests


def merged(stored: object, added: Sequence[JsonObject]) -> list[Any]:
    """Return the `stored` tests with those `added`, which replace the ones of the same name."""
    new = {test["name"]: test for test in added}
    items: list[Any] = cast("list[object]", stored) if isinstance(stored, list) else []
    # An odd item among the stored ones is nobody's name, and stays.
    kept = [new.pop(name, item) if isinstance(name := _member(item, "name"), str) else item for item in items]
    return [*kept, *new.values()]


def table(
    results: Iterable[Mapping[str, Any]], tests: object, *, policy: bool, most: int
) -> tuple[list[dict[str, JsonValue]], int]:
    """Return a row for each of Panther's `results`, failed ones first, and how many rows are left out.

    `tests` are those that ran, for what they expected; the rows are about `most` characters long as JSON.
    """
    expected = {
        name: test.get("expectedResult") for test in objects(tests) if isinstance(name := test.get("name"), str)
    }
    ordered = sorted(results, key=lambda result: result.get("passed") is True)
    rows: list[dict[str, JsonValue]] = []
    room = most
    for index, result in enumerate(ordered):
        row = _row(result, expected.get(str(result.get("name") or "")), policy=policy)
        room -= len(json.dumps(row))
        if room < 0 and rows:
            return rows, len(ordered) - index
        rows.append(row)
    return rows, 0


def passed(tests: object) -> list[JsonObject]:
    """Return the rows for tests of which Panther only says that all passed."""
    return [{"name": bounded(str(test.get("name", "")), 100), "passed": True} for test in objects(tests)]


def objects(value: object) -> list[JsonObject]:
    """Return the objects in a list that came as JSON: it may be null or odd, and so may its items."""
    if not isinstance(value, list):
        return []
    return [cast("JsonObject", item) for item in cast("list[object]", value) if isinstance(item, dict)]


def _row(result: Mapping[str, Any], expected: object, *, policy: bool) -> dict[str, JsonValue]:
    row: dict[str, JsonValue] = {
        "name": bounded(str(result.get("name") or ""), 100),
        "passed": result.get("passed") is True,
    }
    if row["passed"]:
        return row
    functions = result.get("functions")
    outputs = cast("JsonObject", functions) if isinstance(functions, dict) else {}
    if isinstance(expected, bool):
        row["expected"] = expected
    error = result.get("error") or _member(outputs.get("detection"), "error")
    if error:
        row["error"] = _described(error)
    else:
        row["got"] = _got(outputs, result, policy=policy)
    shown = {name: text for name, output in outputs.items() if name != "detection" and (text := _output(output))}
    if shown:
        row["outputs"] = shown
    return row


def _got(outputs: JsonObject, result: Mapping[str, Any], *, policy: bool) -> JsonValue:
    """Return what the detection's own function returned."""
    said = _member(outputs.get("detection"), "output")
    if said in ("true", "false"):
        return bool(said == "true")
    if said:
        return bounded(str(said), _LONGEST_OUTPUT)
    # It was not told, but follows: a policy alerts on what it returns False for.
    return (result.get("triggerAlert") is True) is not policy


def _output(output: object) -> str:
    if error := _member(output, "error"):
        return f"failed: {_described(error)}"
    said = _member(output, "output")
    return "" if said is None else bounded(str(said), _LONGEST_OUTPUT)


def _described(error: object) -> str:
    code, message = _member(error, "code"), _member(error, "message")
    text = ": ".join(str(part) for part in (code, message) if part) or str(error)
    return bounded(text, _LONGEST_TEXT)


def _member(value: object, name: str) -> Any:
    return cast("JsonObject", value).get(name) if isinstance(value, dict) else None


def _unit_test(given: Mapping[str, object], where: str, problems: list[str]) -> JsonObject:
    found = _renamed(given, _FIELDS, where, problems)
    test: JsonObject = {}
    name, expected = found.get("name"), found.get("expectedResult")
    if isinstance(name, str) and name.strip():
        test["name"] = name
    else:
        problems.append(f"{where} has no name")
    if isinstance(expected, str) and expected.lower() in ("true", "false"):
        expected = expected.lower() == "true"
    if isinstance(expected, bool):
        test["expectedResult"] = expected
    else:
        problems.append(f"{where} has no expectedResult that is true or false")
    event = _event(found.get("resource"))
    if event is None:
        problems.append(f"{where} has no resource that is a JSON object")
    else:
        test["resource"] = event
    if found.get("mocks"):
        test["mocks"] = _mocks(found["mocks"], where, problems)
    return test


def _event(value: object) -> str | None:
    """Return an event as JSON text, or None for what is no object."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return None
    try:
        # Not the json module: a deeply nested text exhausts its stack.
        return value if isinstance(from_json(value), dict) else None
    except ValueError:
        return None


def _mocks(value: object, where: str, problems: list[str]) -> list[JsonObject]:
    given = cast("list[object]", value) if isinstance(value, list) else [value]
    mocks = [_renamed(mock, _MOCK_FIELDS, f"{where}.mocks", problems) for mock in objects(given)]
    if len(mocks) != len(given):
        problems.append(f"{where}.mocks is no list of {{objectName, returnValue}}")
    if not all(isinstance(mock.get("objectName"), str) for mock in mocks):
        problems.append(f"{where}.mocks has one without objectName")
    # Panther takes the value as JSON text.
    return [
        {name: item if isinstance(item, str) else json.dumps(item) for name, item in mock.items()} for mock in mocks
    ]


def _renamed(given: Mapping[str, object], fields: Mapping[str, str], where: str, problems: list[str]) -> JsonObject:
    found: JsonObject = {}
    for name, value in given.items():
        known = fields.get(name.lower().replace("_", ""))
        if known is None:
            problems.append(f"{where} has the unknown field {name[:60]!r}")
        else:
            found[known] = value
    return found

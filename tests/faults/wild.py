"""Arguments that fit a tool's input schema, and arguments that do not in every way that a client can get wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from pydantic_core import from_json

from .figures import Figures
from .outcomes import outcome_told
from .panther import Json
from .process import ServerProcess
from .tools import TOOLS, example

HANG_SECONDS = 90.0
_INTERNAL = -32603
_DEEP = 200
HOSTILE = (
    "",
    " ",
    "\x00",
    "\r\nX-API-Key: x",
    "../../../../etc/passwd",
    "%2e%2e%2f%00",
    "' OR 1=1; DROP TABLE alerts; --",
    "${jndi:ldap://x.invalid/a}",
    "{{7*7}}{% raw %}",
    "</untrusted 0123456789abcdef>",
    "<script>alert(1)</script>",
    "\u202e\u200b\ufeff\U0001f4a9",
    "\ud800",
    "a\udfff\ud83d",
    "\u0131" * 300,
    "A" * 100_000,
    "9" * 400,
    "-0",
    "1e400",
    "NaN",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "-999999999d",
    "SELECT * FROM aws_cloudtrail /* ",
    "SELECT 1; SELECT 2",
    "rule: [*x, &x",
    "def rule(event):\n  while True: pass\n",
    "null",
    "[]",
    '{"$ref": "#"}',
)


def _nested(value: Any, depth: int) -> Any:
    for level in range(depth):
        value = [value] if level % 2 else {"x": value}
    return value


_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(HOSTILE),
    st.text(st.characters(exclude_categories=()), max_size=30),
)
JUNK = st.one_of(
    _plain,
    st.lists(_plain, max_size=4),
    st.dictionaries(st.one_of(st.sampled_from(HOSTILE[:8]), st.text(max_size=8)), _plain, max_size=4),
    st.builds(_nested, _plain, st.integers(2, _DEEP)),
    # Not beyond what a line may have: longer ones have a test of their own.
    st.builds(
        lambda value, times: [value] * (20 if len(str(value)) > 1_000 else times), _plain, st.integers(100, 1_500)
    ),
)


def fitting(schema: Json) -> st.SearchStrategy[Any]:
    """Return what draws values that fit a schema of the forms that our tools use."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return st.one_of(*(fitting({**schema, "type": one}) for one in kind))
    if kind == "integer":
        return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31))
    if kind == "number":
        return st.floats(schema.get("minimum", -1e9), schema.get("maximum", 1e9), allow_nan=False)
    if kind == "boolean":
        return st.booleans()
    if kind == "array":
        few = schema.get("minItems", 0)
        return st.lists(
            fitting(schema.get("items", {})), min_size=few, max_size=min(schema.get("maxItems", few + 3), few + 3)
        )
    if kind == "object":
        return _object(schema) if "properties" in schema else st.dictionaries(st.text(max_size=8), _plain, max_size=3)
    if kind == "null":
        return st.none()
    few = schema.get("minLength", 0)
    return st.text(min_size=few, max_size=min(schema.get("maxLength", few + 40), few + 40))


def _object(schema: Json) -> st.SearchStrategy[Json]:
    properties = {name: fitting(one) for name, one in schema["properties"].items()}
    required = {name: one for name, one in properties.items() if name in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional={name: properties[name] for name in properties.keys() - required})


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a call: a tool and its arguments, more or less wrong."""
    name = draw(st.sampled_from(sorted(TOOLS)))
    schema = dict(TOOLS[name].parameters)
    kind = draw(st.sampled_from(["fitting", "mutated", "mutated", "example", "example", "junk"]))
    if kind == "junk":
        return draw(st.sampled_from([name, "", "no_such_tool", "A" * 5_000, "\ud800"])), draw(JUNK)
    arguments: Json = example(name) if kind == "example" else draw(_object(schema))
    if kind != "fitting":
        for _ in range(draw(st.integers(1, 3))):
            _mutate(draw, arguments, [*schema["properties"], "unknown", "__proto__", "self", "call"])
    return name, arguments


def _mutate(draw: st.DrawFn, arguments: Json, names: Sequence[str]) -> None:
    place = draw(st.sampled_from(names))
    how = draw(st.sampled_from(["junk", "junk", "drop", "inside"]))
    inside = arguments.get(place)
    if how == "drop":
        arguments.pop(place, None)
    elif how == "inside" and isinstance(inside, list) and inside:
        arguments[place] = [*inside, draw(JUNK)]
    elif how == "inside" and isinstance(inside, dict):
        arguments[place] = {**inside, draw(st.text(max_size=5)): draw(JUNK)}
    else:
        arguments[place] = draw(JUNK)


@dataclass
class Wild:
    """Sends calls to a process and judges what comes back."""

    server: ServerProcess
    figures: Figures = field(default_factory=Figures)

    async def send(self, batch: Sequence[tuple[str, Any]]) -> list[str]:
        """Make these calls at the same time; return what was wrong about their ends."""
        unreadable = self.server.unreadable
        answers = {self.server.call(name, arguments): (name, arguments) for name, arguments in batch}
        self.figures.calls += len(batch)
        # Lines that cannot be read are answered without a number, or not at all: a later line's answer ends the wait.
        doubtful = {answer for answer, call in answers.items() if _cannot_be_read(call)}
        _, waiting = await asyncio.wait(answers.keys() - doubtful or {self.server.ask("ping")}, timeout=HANG_SECONDS)
        problems = [f"no end: {_said(answers[answer])}" for answer in waiting if answer in answers]
        self.figures.hangs += len(problems)
        if doubtful:
            await asyncio.wait({self.server.ask("ping")}, timeout=HANG_SECONDS)
        assert self.server.unreadable - unreadable <= len(doubtful), "a line that is JSON was not read"
        for answer, call in answers.items():
            problem = _judged(answer.result()) if answer.done() and not answer.cancelled() else None
            if problem:
                self.figures.internal += 1
                problems.append(f"{problem}: {_said(call)}")
        return problems

    async def still_answers(self) -> bool:
        """Say whether a plain call still works."""
        async with asyncio.timeout(HANG_SECONDS):
            answer = await self.server.call("get_general_settings", {})
        return not answer["result"].get("isError")


def _judged(answer: Json) -> str | None:
    if "error" in answer:
        return f"{answer['error']}" if answer["error"]["code"] == _INTERNAL else None
    result = answer["result"]
    told = result.get("structuredContent")
    if told is None:
        text = "".join(part.get("text", "") for part in result["content"])
        return f"not one of our errors: {text[:300]}"
    outcome = outcome_told(told, is_error=result.get("isError", False))
    return outcome.text[:500] if outcome.code == "internal" else None


def _cannot_be_read(call: tuple[str, Any]) -> bool:
    """Say whether no parser of the server's takes it: half a pair, nesting beyond bounds, a number of 5,000 digits."""
    try:
        json.dumps(call, ensure_ascii=False).encode()
        from_json(json.dumps([call]))  # as deep as it is within its line
    except ValueError:
        return True
    return False


def _said(call: tuple[str, Any]) -> str:
    return json.dumps(call)[:600]

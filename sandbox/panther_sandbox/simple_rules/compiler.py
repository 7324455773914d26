"""Compiles simple rules, and the inline filters of any rule, to Python."""

from __future__ import annotations

import re
from typing import Any, cast

from panther_sandbox.errors import InvalidInputError
from panther_sandbox.simple_rules.conditions import HELPERS
from panther_sandbox.simple_rules.expressions import Expressions
from panther_sandbox.simple_rules.yaml_text import read_yaml
from panther_sandbox.store.database import Record

_SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_PLACEHOLDER = re.compile(r"\{\s*([A-Za-z0-9_.\-]+)\s*\}")


def compile_simple_rule(rule: Record) -> str:
    """Return the Python of a simple rule as the REST API has it; raise InvalidInputError for bad YAML."""
    detection = read_yaml(rule["detection"], "detection")
    if not isinstance(detection, list | dict) or not detection:
        raise InvalidInputError("detection: expected match expressions")
    parts = {
        "alertContext": read_yaml(rule.get("alertContext") or "", "alertContext"),
        "alertTitle": rule.get("alertTitle") or "",
        "dynamicSeverities": read_yaml(rule.get("dynamicSeverities") or "", "dynamicSeverities"),
        "groupBy": read_yaml(rule.get("groupBy") or "", "groupBy"),
    }
    return compile_parts(cast("Any", detection), parts)


def compile_parts(detection: Any, parts: Record) -> str:
    """Return the Python of a simple rule whose YAML has been read."""
    expressions = Expressions("detection")
    functions = [f"def rule(event):\n    return bool({expressions.all_of(detection)})\n"]
    if parts.get("alertTitle"):
        functions.append(f"def title(event):\n    return {_template(str(parts['alertTitle']))}\n")
    if parts.get("groupBy"):
        keys = ", ".join(f"str({key})" for key in _keys(expressions, parts["groupBy"], "groupBy"))
        functions.append(f'def dedup(event):\n    return "-".join([{keys}])\n')
    if parts.get("dynamicSeverities"):
        functions.append(_severity(expressions, parts["dynamicSeverities"]))
    if parts.get("alertContext"):
        functions.append(_context(expressions, parts["alertContext"]))
    helpers = [HELPERS[name] for name in expressions.helpers]
    return "\n\n".join([*helpers, *functions])


def compile_filter(text: str) -> str:
    """Return the Python of an inline filter: all of its expressions must hold."""
    expressions = Expressions("filter")
    value = read_yaml(text, "filter")
    given = cast("dict[str, Any]", value).get("InlineFilters", value) if isinstance(value, dict) else value
    body = f"def filter(event):\n    return bool({expressions.all_of(given)})\n"
    return "\n\n".join([*(HELPERS[name] for name in expressions.helpers), body])


def _template(text: str) -> str:
    """Return the expression of a title in which `{a.b}` stands for a field."""
    pieces: list[str] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        path = ", ".join(map(repr, match[1].split(".")))
        pieces += [repr(text[end : match.start()]), f'str(event.deep_get({path}, default=""))']
        end = match.end()
    return f'"".join([{", ".join([*pieces, repr(text[end:])])}])'


def _keys(expressions: Expressions, given: Any, what: str) -> list[str]:
    if not isinstance(given, list):
        raise InvalidInputError(f"{what}: expected a list of keys")
    keys: list[str] = []
    for item in cast("list[object]", given):
        if not isinstance(item, dict):
            raise InvalidInputError(f"{what}: expected a key, found {item!r}")
        keys.append(expressions.key(cast("dict[str, Any]", item)))
    return keys


def _objects(given: Any, what: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in cast("list[object]", given)):
        raise InvalidInputError(f"{what}: expected a list of objects")
    return cast("list[dict[str, Any]]", given)


def _severity(expressions: Expressions, given: Any) -> str:
    lines = ["def severity(event):"]
    for item in _objects(given, "dynamicSeverities"):
        severity = str(item.get("ChangeTo", "")).upper()
        if severity not in _SEVERITIES:
            raise InvalidInputError(f"dynamicSeverities: ChangeTo must be one of {', '.join(_SEVERITIES)}")
        lines += [f"    if {expressions.all_of(item.get('Conditions') or [])}:", f'        return "{severity}"']
    return "\n".join([*lines, '    return "DEFAULT"\n'])


def _context(expressions: Expressions, given: Any) -> str:
    lines = ["def alert_context(event):", "    return {"]
    for item in _objects(given, "alertContext"):
        value: object = item.get("KeyValue")
        if not isinstance(value, dict) or not item.get("KeyName"):
            raise InvalidInputError("alertContext: each item needs KeyName and KeyValue")
        lines.append(f"        {str(item['KeyName'])!r}: {expressions.key(cast('dict[str, Any]', value))},")
    return "\n".join([*lines, "    }\n"])

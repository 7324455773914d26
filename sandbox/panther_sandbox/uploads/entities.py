"""Turns the YAML of panther_analysis_tool into the documents that the REST API has."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from panther_sandbox.correlation import check_correlation_rule
from panther_sandbox.detection_tests.checking import check_python
from panther_sandbox.detections import POLICIES, RULES, SCHEDULED_RULES, SIMPLE_RULES, Collection, checked_detection
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.schedules import checked_schedule
from panther_sandbox.simple_rules.yaml_text import read_yaml
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind

# What the result of an upload counts, each kind by itself.
COUNTED = (
    "correlationRules",
    "dataModels",
    "globalHelpers",
    "lookupTables",
    "policies",
    "queries",
    "rules",
    "scheduledPrompts",
)


@dataclass(frozen=True)
class Entity:
    """One entity of a bundle; `counted_as` is the field of the upload's result."""

    kind: Kind
    identifier: str
    document: Record
    counted_as: str
    path: str


class Reader:
    """Reads the entities of a bundle's files."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def yaml_paths(self) -> list[str]:
        """Return the paths of the YAML files."""
        return sorted(path for path in self._files if not path.endswith(".py"))

    def entity(self, path: str) -> Entity | None:
        """Return the entity of a YAML file, or None for one that describes none; raise InvalidInputError."""
        spec = read_yaml(self._files[path], path)
        if not isinstance(spec, dict) or "AnalysisType" not in spec:
            return None
        fields = _Fields(path, cast("Record", spec))
        kind = fields.text("AnalysisType")
        make = _MAKERS.get(kind)
        if make is None:
            if kind in ("pack", "savedfilter"):
                return None
            raise InvalidInputError(f"{path}: there is no AnalysisType {kind!r}")
        return make(self, fields)

    def python(self, fields: _Fields) -> str:
        """Return the Python file that stands beside a YAML file."""
        name = fields.text("Filename")
        path = str(PurePosixPath(fields.path).parent / name)
        if path not in self._files:
            raise InvalidInputError(f"{fields.path}: the file {name!r} is not in the bundle")
        check_python(self._files[path], path)
        return self._files[path]


class _Fields:
    """The fields of a YAML file, read with their types checked."""

    def __init__(self, path: str, fields: Record) -> None:
        self.path = path
        self.given = {name: value for name, value in fields.items() if value is not None}

    def _wrong(self, name: str, expected: str) -> InvalidInputError:
        return InvalidInputError(f"{self.path}: {name} must be {expected}")

    def text(self, name: str, default: str | None = None) -> str:
        value: object = self.given.get(name, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value: object = self.given.get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str, default: int, least: int) -> int:
        value: object = self.given.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self._wrong(name, f"an integer of at least {least}")
        return value

    def texts(self, name: str) -> list[str]:
        value: object = self.given.get(name, [])
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return [str(item) for item in cast("list[object]", value)]

    def objects(self, name: str) -> list[Record]:
        value: object = self.given.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in cast("list[object]", value)):
            raise self._wrong(name, "a list of objects")
        return cast("list[Record]", value)

    def reports(self) -> dict[str, list[str]]:
        value: object = self.given.get("Reports", {})
        if not isinstance(value, dict):
            raise self._wrong("Reports", "an object of lists")
        reports = cast("dict[str, object]", value)
        if not all(isinstance(items, list) for items in reports.values()):
            raise self._wrong("Reports", "an object of lists")
        return {name: [str(item) for item in cast("list[object]", items)] for name, items in reports.items()}

    def yaml_text(self, name: str) -> str:
        # JSON is YAML too, and REST has these fields as texts.
        return json.dumps(self.given[name], indent=2) if name in self.given else ""


def _common(fields: _Fields) -> Record:
    return {
        "displayName": fields.text("DisplayName", ""),
        "description": fields.text("Description", ""),
        "severity": fields.text("Severity").upper(),
        "enabled": fields.flag("Enabled", True),
        "managed": False,
        "outputIDs": fields.texts("OutputIds"),
        "reports": fields.reports(),
        "runbook": fields.text("Runbook", ""),
        "tags": fields.texts("Tags"),
        "tests": [_unit_test(fields, test) for test in fields.objects("Tests")],
    }


def _unit_test(fields: _Fields, test: Record) -> Record:
    inner = _Fields(f"{fields.path}: Tests", test)
    event: object = test.get("Log", test.get("Resource"))
    mocks = [{str(key): str(value) for key, value in mock.items()} for mock in inner.objects("Mocks")]
    return {
        "name": inner.text("Name"),
        "resource": event if isinstance(event, str) else json.dumps(event),
        "expectedResult": inner.flag("ExpectedResult", True),
        "mocks": mocks,
    }


def _detection(collection: Collection, key: str, counted_as: str, fields: _Fields, more: Record) -> Entity:
    identifier = fields.text(key)
    document: Record = {**collection.defaults, **_common(fields), **more, "id": identifier, "createdByExternal": ""}
    if collection is POLICIES:
        del document["runbook"]
    return Entity(collection.kind, identifier, checked_detection(collection, document), counted_as, fields.path)


def _alerting(fields: _Fields) -> Record:
    return {
        "dedupPeriodMinutes": fields.number("DedupPeriodMinutes", 60, 1),
        "threshold": fields.number("Threshold", 1, 1),
        "summaryAttributes": fields.texts("SummaryAttributes"),
    }


def _rule(reader: Reader, fields: _Fields) -> Entity:
    more = _alerting(fields) | {
        "logTypes": fields.texts("LogTypes"),
        "inlineFilters": fields.yaml_text("InlineFilters"),
    }
    if "Detection" not in fields.given:
        return _detection(RULES, "RuleID", "rules", fields, more | {"body": reader.python(fields)})
    simple = {
        "detection": fields.yaml_text("Detection"),
        "alertContext": fields.yaml_text("AlertContext"),
        "alertTitle": fields.text("AlertTitle", ""),
        "dynamicSeverities": fields.yaml_text("DynamicSeverities"),
        "groupBy": fields.yaml_text("GroupBy"),
    }
    return _detection(SIMPLE_RULES, "RuleID", "rules", fields, more | simple)


def _scheduled_rule(reader: Reader, fields: _Fields) -> Entity:
    more = {"scheduledQueries": fields.texts("ScheduledQueries"), "body": reader.python(fields)}
    return _detection(SCHEDULED_RULES, "RuleID", "rules", fields, _alerting(fields) | more)


def _policy(reader: Reader, fields: _Fields) -> Entity:
    more = {
        "resourceTypes": fields.texts("ResourceTypes"),
        "suppressions": fields.texts("Suppressions"),
        "body": reader.python(fields),
    }
    return _detection(POLICIES, "PolicyID", "policies", fields, more)


def _global(reader: Reader, fields: _Fields) -> Entity:
    identifier = fields.text("GlobalID")
    document: Record = {
        "id": identifier,
        "description": fields.text("Description", ""),
        "body": reader.python(fields),
        "tags": fields.texts("Tags"),
    }
    return Entity(Kind.GLOBAL, identifier, document, "globalHelpers", fields.path)


def _data_model(reader: Reader, fields: _Fields) -> Entity:
    identifier = fields.text("DataModelID")
    mappings: list[Record] = []
    for mapping in fields.objects("Mappings"):
        if bool(mapping.get("Path")) == bool(mapping.get("Method")):
            raise InvalidInputError(f"{fields.path}: each mapping must have either a Path or a Method")
        mappings.append({name.lower(): str(value) for name, value in mapping.items() if value})
    document: Record = {
        "id": identifier,
        "displayName": fields.text("DisplayName", ""),
        "description": fields.text("Description", ""),
        "enabled": fields.flag("Enabled", True),
        "logTypes": fields.texts("LogTypes"),
        "mappings": mappings,
        "body": reader.python(fields) if "Filename" in fields.given else "",
    }
    return Entity(Kind.DATA_MODEL, identifier, document, "dataModels", fields.path)


def _query(_reader: Reader, fields: _Fields) -> Entity:
    name = fields.text("QueryName")
    schedule: object = fields.given.get("Schedule")
    given: Record | None = None
    if isinstance(schedule, dict):
        inner = _Fields(f"{fields.path}: Schedule", cast("Record", schedule))
        given = {
            "cron": inner.text("CronExpression", ""),
            "disabled": not fields.flag("Enabled", True),
            "rateMinutes": inner.number("RateMinutes", 0, 0),
            "timeoutMinutes": inner.number("TimeoutMinutes", 0, 0),
        }
    sql = fields.text("Query") if "Query" in fields.given else fields.text("SnowflakeQuery")
    document: Record = {
        "name": name,
        "description": fields.text("Description", ""),
        "sql": sql,
        "schedule": checked_schedule(given),
        "managed": False,
    }
    return Entity(Kind.QUERY, name, document, "queries", fields.path)


def _correlation_rule(_reader: Reader, fields: _Fields) -> Entity:
    identifier = fields.text("RuleID")
    check_correlation_rule(json.dumps(fields.given | {"Tests": []}))
    document = _common(fields) | {"id": identifier, "detection": fields.yaml_text("Detection")}
    return Entity(Kind.CORRELATION_RULE, identifier, document, "correlationRules", fields.path)


def _lookup_table(_reader: Reader, fields: _Fields) -> Entity:
    identifier = fields.text("LookupName")
    return Entity(Kind.LOOKUP_TABLE, identifier, {"id": identifier, **fields.given}, "lookupTables", fields.path)


def _scheduled_prompt(_reader: Reader, fields: _Fields) -> Entity:
    identifier = fields.text("PromptName" if "PromptName" in fields.given else "PromptID")
    document: Record = {"id": identifier, **fields.given}
    return Entity(Kind.SCHEDULED_PROMPT, identifier, document, "scheduledPrompts", fields.path)


_MAKERS: Mapping[str, Callable[[Reader, _Fields], Entity]] = {
    "rule": _rule,
    "scheduled_rule": _scheduled_rule,
    "policy": _policy,
    "global": _global,
    "datamodel": _data_model,
    "saved_query": _query,
    "scheduled_query": _query,
    "correlation_rule": _correlation_rule,
    "lookup_table": _lookup_table,
    "scheduled_prompt": _scheduled_prompt,
}

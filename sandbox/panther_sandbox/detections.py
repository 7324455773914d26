"""The kinds of detections: what each must have, what it has when nothing is said, and the Python that it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from panther_sandbox.detection_tests.runner import DetectionCode, run_tests
from panther_sandbox.errors import InvalidInputError
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")


@dataclass(frozen=True)
class Collection:
    """A kind of detection, as the REST API has it; `source_field` holds its Python or YAML."""

    path: str
    kind: Kind
    resource: str
    source_field: str
    function: str
    defaults: Record

    @property
    def read(self) -> tuple[str, ...]:
        """The permission to read."""
        return (f"{self.resource}Read",)

    @property
    def modify(self) -> tuple[str, ...]:
        """The permission to change."""
        return (f"{self.resource}Modify",)


_COMMON: Record = {
    "displayName": "",
    "description": "",
    "enabled": False,
    "managed": False,
    "outputIDs": [],
    "reports": {},
    "tags": [],
    "tests": [],
}
_RULE: Record = _COMMON | {
    "dedupPeriodMinutes": 60,
    "runbook": "",
    "summaryAttributes": [],
    "threshold": 1,
}
_LOG_RULE: Record = _RULE | {"logTypes": [], "inlineFilters": ""}
_SIMPLE: Record = _LOG_RULE | {"alertContext": "", "alertTitle": "", "dynamicSeverities": "", "groupBy": ""}
_POLICY: Record = _COMMON | {"resourceTypes": [], "suppressions": []}

RULES = Collection("rules", Kind.RULE, "Rule", "body", "rule", _LOG_RULE)
SCHEDULED_RULES = Collection(
    "scheduled-rules", Kind.SCHEDULED_RULE, "Rule", "body", "rule", _RULE | {"scheduledQueries": []}
)
SIMPLE_RULES = Collection("simple-rules", Kind.SIMPLE_RULE, "Rule", "detection", "rule", _SIMPLE)
POLICIES = Collection("policies", Kind.POLICY, "Policy", "body", "policy", _POLICY)
COLLECTIONS = (RULES, SCHEDULED_RULES, SIMPLE_RULES, POLICIES)


def find_collection(kind: Kind) -> Collection | None:
    """Return the collection of a kind, or None for a kind that REST does not have."""
    return next((collection for collection in COLLECTIONS if collection.kind is kind), None)


def python_of(collection: Collection, document: Record) -> str:
    """Return the Python that a detection runs; raise InvalidInputError when a simple rule does not compile."""
    if collection.kind is not Kind.SIMPLE_RULE:
        return str(document["body"])
    # Imported here, for YAML is needed by nothing else at the start.
    from panther_sandbox.simple_rules.compiler import compile_simple_rule

    return compile_simple_rule(document)


def checked_detection(collection: Collection, document: Record) -> Record:
    """Return a detection that could be stored; a simple rule has its Python then. Raises InvalidInputError."""
    if not document[collection.source_field].strip():
        raise InvalidInputError(f"{collection.source_field} must not be empty")
    if document["severity"] not in SEVERITIES:
        raise InvalidInputError(f"severity must be one of {', '.join(SEVERITIES)}")
    names = [test["name"] for test in document["tests"]]
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise InvalidInputError(f"tests: two tests are named {repeated!r}")
    if collection.kind is Kind.SIMPLE_RULE:
        return document | {"pythonBody": python_of(collection, document)}
    return document


def test_results(store: Store, collection: Collection, document: Record) -> Sequence[Record]:
    """Run a detection's unit tests; raise InvalidInputError when its code cannot be run at all."""
    code = DetectionCode(
        body=python_of(collection, document),
        function=collection.function,
        log_types=document.get("logTypes") or (),
        globals={item["id"]: item["body"] for item in store.documents.all(Kind.GLOBAL)},
        data_models=store.documents.all(Kind.DATA_MODEL),
    )
    return run_tests(code, document["tests"])

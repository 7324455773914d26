"""Detections in GraphQL: deleted together with the queries they use, shown as Python, transpiled and tried out."""

from __future__ import annotations

from typing import Any, cast

from panther_sandbox.auth import Caller
from panther_sandbox.correlation import check_correlation_rule
from panther_sandbox.detections import find_collection, python_of
from panther_sandbox.errors import InvalidInputError, ObjectNotFoundError
from panther_sandbox.graphql_api.operation import Operation, Operations
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import Kind

Input = dict[str, Any]


def queries(sandbox: Sandbox) -> Operations:
    """Return the served queries."""
    documents = sandbox.store.documents

    def python_body(_caller: Caller, input: str) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = documents.find_detection(input)
        collection = find_collection(found[0]) if found else None
        if found is None or collection is None:
            raise ObjectNotFoundError("rule", input)
        document = found[1]
        tests: list[Record] = [
            {
                "name": test["name"],
                "resource": test["resource"],
                "expectedResult": test["expectedResult"],
                "mocks": test.get("mocks") or [],
            }
            for test in document["tests"]
        ]
        return {"pythonBody": python_of(collection, document), "tests": tests}

    return {"rulePythonBody": Operation(python_body, ("RuleRead", "PolicyRead"))}


def mutations(sandbox: Sandbox) -> Operations:
    """Return the served mutations."""
    store, documents = sandbox.store, sandbox.store.documents

    def delete_detections(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        found = [item for item in map(documents.find_detection, dict.fromkeys(input["ids"])) if item is not None]
        for kind, _ in found:
            caller.require("PolicyModify" if kind is Kind.POLICY else "RuleModify")
        names: list[str] = []
        if input.get("includeSavedQueries"):
            caller.require("DataAnalyticsModify")
            names = sorted({name for _, document in found for name in document.get("scheduledQueries", ())})
        doomed = [query for query in documents.all(Kind.QUERY) if query["name"] in names]
        if not input.get("dryRun"):
            with store.database.transaction():
                for kind, document in found:
                    documents.delete(kind, document["id"])
                for query in doomed:
                    documents.delete(Kind.QUERY, query["id"])
        return {"ids": [document["id"] for _, document in found], "savedQueryNames": [q["name"] for q in doomed]}

    def delete_queries(caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
        doomed = [query for query in documents.all(Kind.QUERY) if query["name"] in input["names"]]
        names = {query["name"] for query in doomed}
        users = [
            rule["id"] for rule in documents.all(Kind.SCHEDULED_RULE) if names & set(rule.get("scheduledQueries", ()))
        ]
        if users and not input.get("includeDetections"):
            raise InvalidInputError(f"the queries are used by the scheduled rule(s) {', '.join(users)}")
        if users:
            caller.require("RuleModify")
        if not input.get("dryRun"):
            with store.database.transaction():
                for query in doomed:
                    documents.delete(Kind.QUERY, query["id"])
                for rule_id in users:
                    documents.delete(Kind.SCHEDULED_RULE, rule_id)
        return {"names": sorted(names), "detectionIDs": users}

    modify = ("RuleModify", "PolicyModify")
    return {
        "deleteDetections": Operation(delete_detections, modify),
        "deleteSavedQueriesByName": Operation(delete_queries, ("DataAnalyticsModify",)),
        "transpileSimpleDetectionsToPython": Operation(_transpile_detections, ("RuleRead", "RuleModify")),
        "transpileFilters": Operation(_transpile_filters, ("RuleRead", "RuleModify")),
        "testCorrelationRuleYAML": Operation(_test_correlation_rule, ("RuleRead", "RuleModify")),
    }


def _transpile_detections(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
    """Compile detections: each text is a simple rule as panther_analysis_tool has it, or only its `Detection`."""
    # Imported here, for YAML is needed by nothing else at the start.
    from panther_sandbox.simple_rules.compiler import compile_parts
    from panther_sandbox.simple_rules.yaml_text import read_yaml

    compiled: list[str] = []
    for text in _texts(input):
        given = read_yaml(text, "data")
        whole: Record = cast("Record", given) if isinstance(given, dict) and "Detection" in given else {}
        parts = {
            "alertContext": whole.get("AlertContext"),
            "alertTitle": whole.get("AlertTitle"),
            "dynamicSeverities": whole.get("DynamicSeverities"),
            "groupBy": whole.get("GroupBy"),
        }
        compiled.append(compile_parts(whole.get("Detection", given), parts))
    return {"transpiledPython": compiled}


def _transpile_filters(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
    # Imported here, for YAML is needed by nothing else at the start.
    from panther_sandbox.simple_rules.compiler import compile_filter

    return {"transpiledFilters": [compile_filter(text) for text in _texts(input)]}


def _texts(given: Input) -> list[str]:
    texts: list[str] | None = given.get("data")
    return texts or []


def _test_correlation_rule(_caller: Caller, input: Input) -> dict[str, Any]:  # noqa: A002 - GraphQL's name
    return {"results": check_correlation_rule(input["yaml"])}

"""Run a detection's unit tests without storing anything: as it is, with changes, or of one that is not stored yet."""

from typing import TYPE_CHECKING

from panther_mcp.errors import FailedTests, InvalidInput, NotFound, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS, WrittenKind, given_fields
from panther_overrides.workflows.common.detection_writes import count_tests, read_detection
from panther_overrides.workflows.common.unit_tests import passed, table

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections_write import TestDetection

_LONGEST_TABLE = 20_000


async def test_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']",
    body: str | None,
    tests: list[dict[str, object]] | None,
    log_types: list[str] | None,
    inline_filters: str | None,
    alert_title: str | None,
    alert_context: str | None,
    dynamic_severities: str | None,
    group_by: str | None,
) -> JsonObject:
    """Return how each test went.

    Raises `NotFound` for an id that is not stored unless a whole definition is given, and `InvalidInput` for code
    that cannot be run at all.
    """
    kind = WRITTEN_KINDS[detection_type]
    given = {
        "body": body,
        "tests": tests,
        "log_types": log_types,
        "inline_filters": inline_filters,
        "alert_title": alert_title,
        "alert_context": alert_context,
        "dynamic_severities": dynamic_severities,
        "group_by": group_by,
    }
    fields = given_fields(kind, given)
    document, stored = await _definition(call, kind, detection_id, fields)
    result: JsonObject = {"detection_id": detection_id, "detection_type": kind.name, "stored": stored}
    return result | await _run(call, kind, detection_id, document)


async def _definition(call: Call, kind: WrittenKind, identifier: str, fields: JsonObject) -> tuple[JsonObject, bool]:
    """Return the document to test, and whether it is a stored one."""
    try:
        return await read_detection(call, kind, identifier) | fields, True
    except NotFound as error:
        if error.details:
            raise
        code = fields.keys() & {"body", "detection"}
        if not code or not fields.get("tests"):
            raise NotFound(
                error.message, hint=f"{error.hint} To test one that is not stored, give body and tests."
            ) from error
        call.warnings.append(f"{bounded(identifier, 200)} is not stored: what was given was tested as a new detection.")
        # Panther wants a severity; no test depends on it.
        return {"id": identifier, "severity": "INFO", **fields}, False


async def _run(call: Call, kind: WrittenKind, identifier: str, document: JsonObject) -> JsonObject:
    number = count_tests(document)
    try:
        await call.documents.replace(
            kind.collection, identifier, document, query={"run-tests-only": True}, changes=False
        )
    except FailedTests as error:
        rows, omitted = table(
            error.results, document.get("tests"), policy=kind.function == "policy", most=_LONGEST_TABLE
        )
        failed = sum(result.get("passed") is not True for result in error.results)
        summary = f"{failed} of {len(error.results)} tests failed."
        if omitted:
            summary += f" {omitted} rows are left out."
        return {"passed": False, "summary": summary, "tests": rows}
    except InvalidInput as error:
        raise InvalidInput(error.message, hint=kind.body_help) from error
    if not number:
        return {"summary": "It has no tests: it was only checked that its code can be loaded.", "tests": []}
    return {"passed": True, "summary": f"{number} of {number} tests passed.", "tests": passed(document.get("tests"))}


if TYPE_CHECKING:
    _: TestDetection = test_detection

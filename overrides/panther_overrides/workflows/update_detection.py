"""Change some fields of a detection; all others stay as they are, also those that no tool knows."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import (
    WRITTEN_KINDS,
    WrittenKind,
    check_fields,
    emptied_fields,
    given_fields,
)
from panther_overrides.workflows.common.detection_writes import DetectionChange, apply, read_detection
from panther_overrides.workflows.common.unit_tests import merged, unit_tests

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections_write import UpdateDetection


async def update_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']",
    body: str | None,
    severity: "Literal['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] | None",
    display_name: str | None,
    enabled: bool | None,
    log_types: list[str] | None,
    scheduled_queries: list[str] | None,
    resource_types: list[str] | None,
    description: str | None,
    runbook: str | None,
    tags: list[str] | None,
    reports: dict[str, object] | None,
    threshold: int | None,
    dedup_period_minutes: int | None,
    output_ids: list[str] | None,
    summary_attributes: list[str] | None,
    inline_filters: str | None,
    suppressions: list[str] | None,
    alert_title: str | None,
    alert_context: str | None,
    dynamic_severities: str | None,
    group_by: str | None,
    tests: list[dict[str, object]] | None,
    add_tests: list[dict[str, object]] | None,
    clear: list[str] | None,
    run_tests: bool,
) -> JsonObject:
    """Return what changed, field by field; nothing is written where nothing would change.

    Raises `FailedTests` when tests run and fail.
    """
    kind = WRITTEN_KINDS[detection_type]
    given = {
        "body": body,
        "severity": severity,
        "display_name": display_name,
        "enabled": enabled,
        "log_types": log_types,
        "scheduled_queries": scheduled_queries,
        "resource_types": resource_types,
        "description": description,
        "runbook": runbook,
        "tags": tags,
        "reports": reports,
        "threshold": threshold,
        "dedup_period_minutes": dedup_period_minutes,
        "output_ids": output_ids,
        "summary_attributes": summary_attributes,
        "inline_filters": inline_filters,
        "suppressions": suppressions,
        "alert_title": alert_title,
        "alert_context": alert_context,
        "dynamic_severities": dynamic_severities,
        "group_by": group_by,
        "tests": tests,
    }
    fields = given_fields(kind, given)
    added = unit_tests(add_tests, "add_tests") if add_tests else []
    emptied = list(clear or ())
    check_fields(kind, emptied)
    if not (fields or added or emptied):
        raise InvalidInput(
            "Nothing is given that could change.", hint="Give the fields to change, or clear to empty some."
        )
    if twice := [param for param in emptied if given.get(param) is not None]:
        raise InvalidInput(f"{twice[0]} is given and to be cleared as well.", hint="Do one of the two.")
    before = await read_detection(call, kind, detection_id)
    change = _change(kind, detection_id, before, fields, added, emptied)
    if not change.changed:
        return change.told(note="It is so already: nothing would change, and nothing was written.")
    return change.told(tests_passed=await apply(call, change, run_tests=run_tests))


def _change(
    kind: WrittenKind,
    identifier: str,
    before: JsonObject,
    fields: JsonObject,
    added: list[JsonObject],
    emptied: list[str],
) -> DetectionChange:
    after = before | emptied_fields(kind, emptied, before) | fields
    if added:
        after["tests"] = merged(after.get("tests"), added)
    return DetectionChange(kind, identifier, before, after)


if TYPE_CHECKING:
    _: UpdateDetection = update_detection

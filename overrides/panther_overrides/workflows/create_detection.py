"""Create a detection of any of the four kinds."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS, given_fields
from panther_overrides.workflows.common.detection_writes import count_tests, create

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.detections_write import CreateDetection

# What a detection reads. Policies are not among them: without resource types, one is for all resources.
_READ = ("log_types", "scheduled_queries")


async def create_detection(
    call: Call,
    *,
    detection_id: str,
    detection_type: "Literal['rules', 'scheduled_rules', 'simple_rules', 'policies']",
    body: str,
    severity: "Literal['INFO', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL']",
    display_name: str | None,
    enabled: bool,
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
    run_tests: bool,
) -> JsonObject:
    """Return what was stored, in short.

    Raises `Conflict` for an id that exists, of any kind, and `FailedTests` when tests run and fail.
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
    document = {"id": detection_id, **given_fields(kind, given)}
    stored = await create(call, kind, document, run_tests=run_tests)
    if unread := next((param for param in _READ if kind.fields.get(param) and not given[param]), None):
        call.warnings.append(f"It has no {unread}, so it never runs: update_detection gives it some.")
    number = count_tests(document)
    if not number:
        call.warnings.append("It has no unit tests, so nothing shows yet that it works: update_detection adds them.")
    return {
        "detection_id": stored.get("id", detection_id),
        "detection_type": kind.name,
        "enabled": stored.get("enabled", enabled),
        "severity": stored.get("severity", severity),
        **({"tests_passed": number} if run_tests else {}),
    }


if TYPE_CHECKING:
    _: CreateDetection = create_detection

"""What is backtested: a stored rule, a changed one, or one that is not stored yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from panther_mcp.errors import InvalidInput, NotFound, PermissionDenied, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.alert_volume import Grouping
from panther_overrides.workflows.common.detection_runs import Trial

# The field that holds the code, by the collection of the REST API.
_CODE = {"rules": "body", "simple-rules": "detection"}
_NOT_OVER_LOGS = {
    "scheduled-rules": (
        "is a scheduled rule: it runs over the rows of its query, not over logs",
        "Read its query with get_scheduled_query and run that SQL with query_data_lake over past times.",
    ),
    "policies": (
        "is a policy: it runs over cloud resources as they are now, of which there is no past",
        "list_alerts with its detection_id tells what it found so far.",
    ),
}
# What says nothing about whether and how a rule fires, or belongs to the stored object alone.
_LEFT_OUT = frozenset(
    (
        *("id", "tests", "enabled", "managed", "displayName", "description", "runbook", "reports", "tags"),
        *("outputIDs", "summaryAttributes", "pythonBody", "createdAt", "createdBy", "createdByExternal"),
        "lastModified",
    )
)
_DEFAULT_THRESHOLD, _DEFAULT_DEDUP_MINUTES = 1, 60


@dataclass(frozen=True)
class Subject:
    """A rule to be backtested, what it was before the change if it is compared, and how its matches become alerts."""

    trial: Trial
    before: Trial | None
    log_types: Sequence[str]
    grouping: Grouping
    grouping_before: Grouping
    stored: bool


async def find_subject(
    call: Call,
    *,
    detection_id: str | None,
    body: str | None,
    log_types: Sequence[str] | None,
    threshold: int | None,
    dedup_period_minutes: int | None,
    compare: bool,
) -> Subject:
    """Return what the arguments of the tool describe.

    Raises `NotFound` for an id that no rule has, and `InvalidInput` for a detection that does not run over logs,
    and where it is not said which logs.
    """
    collection, stored = ("rules", {}) if detection_id is None else await _stored(call, detection_id)
    settings = {name: value for name, value in stored.items() if name not in _LEFT_OUT}
    given: Sequence[str] = log_types or settings.get("logTypes") or ()
    if not given:
        raise InvalidInput(
            "It is not said over which logs the rule runs.",
            hint='Pass log_types, e.g. ["AWS.CloudTrail"]; list_log_type_schemas names them.',
        )
    # Any severity serves: Panther wants one, and a rule's own function overrules it.
    document = {"severity": "INFO", **settings, "logTypes": list(given)}
    trial = Trial(collection, document | ({_CODE[collection]: body} if body is not None else {}))
    before = Grouping(
        int(settings.get("threshold") or _DEFAULT_THRESHOLD),
        int(settings.get("dedupPeriodMinutes") or _DEFAULT_DEDUP_MINUTES),
    )
    changed = Grouping(threshold or before.threshold, dedup_period_minutes or before.dedup_minutes)
    compared = compare and bool(stored) and (body is not None or changed != before)
    return Subject(
        trial=trial,
        before=Trial(collection, document) if compared else None,
        log_types=list(given),
        grouping=changed,
        grouping_before=before,
        stored=bool(stored),
    )


async def _stored(call: Call, detection_id: str) -> tuple[str, JsonObject]:
    for collection in _CODE:
        try:
            return collection, await call.documents.read(collection, detection_id)
        except NotFound:
            continue
    for collection, (what, instead) in _NOT_OVER_LOGS.items():
        try:
            await call.documents.read(collection, detection_id)
        except (NotFound, PermissionDenied):
            # Whether it is one of these only sharpens the error; a token need not be able to read policies.
            continue
        raise InvalidInput(f"{bounded(detection_id, 200)!r} {what}.", hint=instead)
    raise NotFound(
        f"There is no rule {bounded(detection_id, 200)!r}.",
        hint="Ids are case-sensitive; list_detections finds them. A rule not stored yet needs body and log_types.",
    )

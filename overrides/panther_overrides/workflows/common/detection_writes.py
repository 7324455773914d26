"""Change detections without losing anything of them: read the whole document, compute the change, write it back.

The three steps are apart, so that a change can be shown before it is made: `read_detection`, a `DetectionChange`,
and `apply`.
"""

import asyncio
from dataclasses import dataclass
from typing import cast

from panther_mcp.errors import Conflict, FailedTests, InvalidInput, NotFound, PantherMcpError, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS, WrittenKind
from panther_overrides.workflows.common.document_changes import describe_changes
from panther_overrides.workflows.common.unit_tests import table

# An error is read at once, with all that stands around it.
_TABLE_OF_ERROR = 6_000
# Made by Panther from the YAML: sent back beside changed YAML, it would contradict it.
_DERIVED = ("pythonBody",)


@dataclass(frozen=True)
class DetectionChange:
    """What is to become of a detection: the whole document before and after. Nothing is done yet."""

    kind: WrittenKind
    identifier: str
    before: JsonObject
    after: JsonObject

    @property
    def changed(self) -> JsonObject:
        """What differs, field by field; empty when nothing does."""
        return describe_changes(self.before, self.after)

    def told(self, *, note: str | None = None, tests_passed: int | None = None) -> JsonObject:
        """Return the change as a tool's result."""
        result: JsonObject = {
            "detection_id": self.identifier,
            "detection_type": self.kind.name,
            "changed": self.changed,
        }
        if tests_passed is not None:
            result["tests_passed"] = tests_passed
        if note is not None:
            result["note"] = note
        return result


async def read_detection(call: Call, kind: WrittenKind, identifier: str) -> JsonObject:
    """Return the stored document of a detection, whole.

    Raises `NotFound`, which says of which kind the detection is where it is one of another kind.
    """
    try:
        document = await call.documents.read(kind.collection, identifier)
    except NotFound as error:
        raise await _not_found(call, kind, identifier) from error
    return {name: value for name, value in document.items() if name not in _DERIVED}


async def apply(call: Call, change: DetectionChange, *, run_tests: bool) -> int | None:
    """Write the change; return how many tests passed, or None when none ran.

    Raises `FailedTests` with a table of them when some fail; nothing is stored then.
    """
    query = {"run-tests-first": run_tests}
    await call.approve(
        detection_id=change.identifier,
        detection_type=change.kind.name,
        changed=change.changed,
        run_tests=run_tests,
        state=change.before,
        documents={change.kind.named(change.identifier): (change.before, change.after)},
    )
    try:
        stored = await call.documents.replace(change.kind.collection, change.identifier, change.after, query=query)
    except InvalidInput as error:
        raise explained(error, change.kind, change.after) from error
    if change.after.get("managed") is True:
        call.warnings.append("This detection is managed by Panther: its next update may undo the change.")
    for field in change.changed:
        # Tests come back with more than they were given; of a plain value, that would be news.
        if stored is not None and isinstance(stored.get(field), str | int) and stored[field] != change.after.get(field):
            call.warnings.append(f"Panther stored another {field} than the given one; read it with get_detection.")
    return count_tests(change.after) if run_tests else None


async def create(call: Call, kind: WrittenKind, document: JsonObject, *, run_tests: bool) -> JsonObject:
    """Store a new detection; return it as it is stored."""
    documents = {kind.named(str(document["id"])): (None, document)}
    await call.approve(after=document, detection_type=kind.name, run_tests=run_tests, documents=documents)
    try:
        stored = await call.documents.create(kind.collection, document, query={"run-tests-first": run_tests})
    except InvalidInput as error:
        raise explained(error, kind, document) from error
    except Conflict as error:
        raise Conflict(
            error.message, hint="update_detection changes what exists (get_detection shows it); or choose another id."
        ) from error
    return stored or document


def explained(error: InvalidInput, kind: WrittenKind, document: JsonObject) -> InvalidInput:
    """Return `error` as a model can act on it: failing tests as a table, anything else with what the kind needs."""
    if not isinstance(error, FailedTests):
        return InvalidInput(error.message, hint=f"Nothing was stored. {kind.body_help}", details=error.details)
    rows, omitted = table(error.results, document.get("tests"), policy=kind.function == "policy", most=_TABLE_OF_ERROR)
    failed = sum(result.get("passed") is not True for result in error.results)
    return FailedTests(
        f"{failed} of {len(error.results)} tests failed; nothing was stored.",
        results=error.results,
        hint=(
            "Mend body or tests; test_detection tries them without storing. Only if the user wants it untested: "
            "run_tests: false."
        ),
        details={"tests": rows, **({"tests_not_shown": omitted} if omitted else {})},
    )


def count_tests(document: JsonObject) -> int:
    """Return how many unit tests a document has."""
    tests: object = document.get("tests")
    return len(cast("list[object]", tests)) if isinstance(tests, list) else 0


async def _not_found(call: Call, kind: WrittenKind, identifier: str) -> NotFound:
    """Return the error for an id that is not of `kind`, naming the kind that it is of."""

    async def has(other: WrittenKind) -> bool:
        try:
            await call.documents.read(other.collection, identifier)
        except PantherMcpError:
            # Only looked up for a better hint: a kind that cannot be read gives none.
            return False
        return True

    others = [other for other in WRITTEN_KINDS.values() if other is not kind]
    found = await asyncio.gather(*(has(other) for other in others))
    homes = [other.name for other, is_there in zip(others, found, strict=True) if is_there]
    return NotFound(
        f"There is no detection {bounded(identifier, 200)!r} among {kind.name}.",
        hint=f"It is one of {homes[0]}: call again with detection_type {homes[0]}."
        if homes
        else "Ids are case-sensitive. list_detections finds them by name, over all kinds.",
        details={"detection_type": homes[0]} if homes else None,
    )

"""How an upload of a bundle goes: its state, what it changed of each kind, and what is wrong in which file."""

from typing import Any, cast

from pydantic_core import from_json

from panther_mcp.errors import NotFound, bounded
from panther_mcp.runtime import Call, JsonObject, plain
from panther_overrides.workflows.common.unit_tests import objects

_KINDS = ("rules", "policies", "correlationRules", "globalHelpers", "dataModels", "lookupTables", "queries")
_SHOWN_ISSUES = 30
_SHOWN_IDS = 200


async def read_upload(call: Call, receipt_id: str) -> JsonObject:
    """Return `status` (also UNKNOWN), `counts` by kind, and the `error` and `issues` of an upload that has failed."""
    unknown = NotFound(
        f"Panther knows no upload {bounded(receipt_id, 100)!r}.", hint="Take receipt_id as upload_detections told it."
    )
    try:
        answer = await call.graphql.get_detection_upload(receiptId=receipt_id)
    except NotFound as error:
        raise unknown from error
    if answer is None:
        raise unknown
    found = plain(answer)
    result: JsonObject = {"receipt_id": receipt_id, "status": found.get("status") or "UNKNOWN"}
    if counts := _counts(found.get("result") or {}):
        result["counts"] = counts
    if found.get("error"):
        result |= _error(str(found["error"]))
    for field, name in (("createdAt", "created_at"), ("updatedAt", "updated_at")):
        if found.get(field):
            result[name] = found[field]
    return result


def _counts(result: JsonObject) -> JsonObject:
    """Return the kinds that the bundle has something of; a zero says nothing."""
    counts: JsonObject = {}
    for kind in _KINDS:
        numbers: JsonObject = result.get(kind) or {}
        if kept := {name: _cut(value) for name, value in numbers.items() if value}:
            counts[kind] = kept
    return counts


def _cut(value: object) -> object:
    return cast("list[object]", value)[:_SHOWN_IDS] if isinstance(value, list) else value


def _error(text: str) -> JsonObject:
    """Return what went wrong. Where Panther tells it file by file, the text is JSON: `issues` beside `error`."""
    try:
        parsed: Any = from_json(text)
    except ValueError:
        return {"error": bounded(text)}
    if not isinstance(parsed, dict):
        return {"error": bounded(text)}
    told = cast("JsonObject", parsed)
    given = objects(told.get("issues"))
    issues = [
        {"path": bounded(str(one.get("path") or ""), 200), "message": bounded(str(one.get("errorMessage") or ""), 500)}
        for one in given[:_SHOWN_ISSUES]
    ]
    said = told.get("error")
    result: JsonObject = {"error": bounded(str(said))} if said or not issues else {}
    if issues:
        result["issues"] = issues
        result.setdefault("error", f"Files with errors: {len(given)}.")
    return result

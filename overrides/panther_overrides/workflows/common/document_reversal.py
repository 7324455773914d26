"""The way back of changes to whole documents of the REST API: put back, made again, or deleted."""

from collections.abc import Mapping, Sequence
from typing import Any

from panther_mcp.audit.reversal import Reversal, States, Step
from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call
from panther_overrides.workflows.common.detection_fields import WRITTEN_KINDS
from panther_overrides.workflows.common.side_by_side import concurrently

_CONCURRENT = 5
_DETECTIONS = ("create_detection", "update_detection", "delete_detections", "detection_id")
# Collection -> the tools that create, change and delete its objects, in whose name that is audited; their parameter.
_TOOLS: Mapping[str, tuple[str, str, str, str]] = {
    **{kind.collection: _DETECTIONS for kind in WRITTEN_KINDS.values()},
    "globals": ("create_global_helper", "update_global_helper", "delete_global_helper", "helper_id"),
    "data-models": ("create_data_model", "update_data_model", "delete_data_model", "data_model_id"),
    "queries": ("create_scheduled_query", "update_scheduled_query", "delete_scheduled_queries", "query_id"),
}


async def _read(call: Call, names: Sequence[str]) -> States:
    async def read(name: str) -> Mapping[str, Any] | None:
        collection, _, identifier = name.partition("/")
        try:
            return await call.documents.read(collection, identifier)
        except NotFound:
            return None

    return dict(zip(names, await concurrently([read(name) for name in names], _CONCURRENT), strict=True))


def _steps(present: States, wanted: States) -> list[Step]:
    return [_step(name, present.get(name), state) for name, state in wanted.items()]


def _step(name: str, present: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> Step:
    """Return the call that puts a document back as it was, makes it again, or deletes it with what that checks."""
    collection, _, identifier = name.partition("/")
    created, updated, doomed, param = _TOOLS[collection]
    kind = next((kind.name for kind in WRITTEN_KINDS.values() if kind.collection == collection), None)
    if wanted is None:
        return Step(doomed, {"detection_ids": [identifier]} if kind else {param: identifier})
    whole = {**(present or {}), **wanted}

    async def put(call: Call) -> object:
        if collection == "queries":
            return await call.documents.update(collection, identifier, whole)
        # What passed its tests once is put back whatever they say of it now.
        query = {"run-tests-first": False} if kind else None
        return await call.documents.replace(collection, identifier, whole, query=query)

    arguments = {param: identifier} | ({"detection_type": kind} if kind else {})
    return Step(created if present is None else updated, arguments, send=put, leads_to={name: wanted})


# What a call leads to is told by the call itself (`Change.documents`), not computed from its arguments.
DOCUMENTS = Reversal(_read, dict[str, Any], _steps, told=True)

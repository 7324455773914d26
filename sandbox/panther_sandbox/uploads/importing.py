"""Validates bundles and stores what is in them: everything, or nothing when one file is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from panther_sandbox.auth import Caller
from panther_sandbox.clock import api_time
from panther_sandbox.errors import BundleError, InvalidInputError
from panther_sandbox.sandbox import Sandbox
from panther_sandbox.store.database import Record
from panther_sandbox.store.documents import DETECTION_TYPES, DocumentStore, Kind
from panther_sandbox.uploads.bundle import read_bundle
from panther_sandbox.uploads.entities import COUNTED, Entity, Reader

# What a document has that says nothing of its content.
_STAMPS = ("id", "createdAt", "createdBy", "createdByExternal", "lastModified", "updatedAt")


def validate(data: str) -> tuple[list[Entity], list[Record]]:
    """Return a bundle's entities and its issues (path and message); raise InvalidInputError when it is no bundle."""
    reader = Reader(read_bundle(data))
    entities: dict[tuple[str, str], Entity] = {}
    issues: list[Record] = []
    for path in reader.yaml_paths():
        try:
            entity = reader.entity(path)
        except InvalidInputError as error:
            issues.append({"path": path, "errorMessage": str(error).removeprefix(f"{path}: ")})
            continue
        if entity is None:
            continue
        family = "detection" if entity.kind in DETECTION_TYPES else entity.kind.name
        first = entities.setdefault((family, entity.identifier), entity)
        if first is not entity:
            message = f"{entity.identifier} is described in {first.path} already"
            issues.append({"path": path, "errorMessage": message})
    return list(entities.values()), issues


def upload(sandbox: Sandbox, caller: Caller, data: str, mode: str, *, dry_run: bool = False) -> Record:
    """Store what is in a bundle and return how much of each kind is new, modified and there in total."""
    if mode != "CLASSIC_ZIP":
        raise InvalidInputError(f"mode {mode} is not accepted: upload a CLASSIC_ZIP")
    entities, issues = validate(data)
    if issues:
        raise BundleError(issues)
    if not entities:
        raise InvalidInputError("the zip file describes nothing that could be uploaded")
    store = sandbox.store
    ids = {name: {"new": list[str](), "modified": list[str](), "total": list[str]()} for name in COUNTED}
    with store.database.transaction():
        for entity in entities:
            counts = ids[entity.counted_as]
            counts["total"].append(entity.identifier)
            existing = _existing(store.documents, entity)
            if existing is None:
                counts["new"].append(entity.identifier)
            elif not _same(existing, entity.document):
                counts["modified"].append(entity.identifier)
            else:
                continue
            if not dry_run:
                _store(sandbox, caller, entity, existing)
    return {name: _statistics(counts) for name, counts in ids.items()}


def _existing(documents: DocumentStore, entity: Entity) -> Record | None:
    if entity.kind is Kind.QUERY:
        return next((query for query in documents.all(Kind.QUERY) if query["name"] == entity.identifier), None)
    if entity.kind in DETECTION_TYPES:
        found = documents.find_detection(entity.identifier)
        if found is not None and found[0] is not entity.kind:
            raise InvalidInputError(f"{entity.path}: {entity.identifier} is a {found[0].value} already")
        return found[1] if found else None
    return documents.find(entity.kind, entity.identifier)


def _same(existing: Record, document: Record) -> bool:
    old, new = ({name: value for name, value in item.items() if name not in _STAMPS} for item in (existing, document))
    return old == new


def _store(sandbox: Sandbox, caller: Caller, entity: Entity, existing: Record | None) -> None:
    now = api_time(sandbox.clock.now())
    author: Any = {"id": caller.token_id, "type": "api-token"} if entity.kind in DETECTION_TYPES else caller.token_id
    origin = existing or {"createdAt": now, "createdBy": author}
    stamps = {"createdAt": origin["createdAt"], "createdBy": origin.get("createdBy")}
    if entity.kind is Kind.QUERY:
        identifier = existing["id"] if existing else str(uuid.uuid4())
        document = entity.document | {"id": identifier, "createdAt": origin["createdAt"], "updatedAt": now}
        sandbox.store.documents.put(entity.kind, identifier, document)
        return
    sandbox.store.documents.put(entity.kind, entity.identifier, entity.document | stamps | {"lastModified": now})


def _statistics(ids: dict[str, list[str]]) -> Record:
    def counted(name: str, found: Sequence[str]) -> Record:
        return {name: len(found), f"{name}Ids": list(found)}

    nothing: Record = {"deleted": 0, "deletedIds": []}
    return nothing | {field: value for name, found in ids.items() for field, value in counted(name, found).items()}

"""Writing an object of the REST API in three steps: read what there is, compute the change, apply it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_changes import describe_changes

_CODE = frozenset({"body", "sql"})
_SET_BY_PANTHER = frozenset({"id", "createdAt", "createdBy", "lastModified", "updatedAt"})
_NEW_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,199}")
# A deleted object is told whole, so that it can be made again; only a longer text is cut.
_LONGEST_KEPT = 30_000
_NOTHING: tuple[object, ...] = (None, "", [], {})

# Sends a whole object and returns it as Panther stored it, where Panther says so.
Send = Callable[[JsonObject], Awaitable[JsonObject | None]]


@dataclass(frozen=True)
class DocumentChange:
    """What is to become of an object: the whole of it before and after. Nothing is done yet."""

    identifier: str
    before: JsonObject
    after: JsonObject

    @property
    def changed(self) -> JsonObject:
        """What differs, field by field; empty when nothing does."""
        return describe_changes(self.before, self.after)


def patched(identifier: str, before: JsonObject, given: Mapping[str, Any]) -> DocumentChange:
    """Return the change of an object in which only the fields of `given` that are not None get another value."""
    return DocumentChange(identifier, before, before | {name: new for name, new in given.items() if new is not None})


async def apply_update(call: Call, collection: str, change: DocumentChange, send: Send) -> JsonObject:
    """Store the changed object of `collection` once that is approved, and return what changed.

    When nothing does, nothing is sent.
    """
    changed = change.changed
    if not changed:
        return {"id": change.identifier, "note": "It is so already: nothing was written."}
    documents = {f"{collection}/{change.identifier}": (change.before, change.after)}
    await call.approve(id=change.identifier, changed=changed, state=change.before, documents=documents)
    await send(change.after)
    return {"id": change.identifier, "changed": changed}


async def apply_create(call: Call, collection: str, document: JsonObject, send: Send) -> JsonObject:
    """Store a new object of `collection` once that is approved.

    Returns its id and what it has, without the code just sent.
    """
    # One without an id gets it from Panther, too late for what is recorded before.
    documents = {f"{collection}/{document['id']}": (None, document)} if "id" in document else {}
    await call.approve(after=document, documents=documents)
    stored = await send(document) or document
    left_out = _CODE | _SET_BY_PANTHER
    shown = {name: value for name, value in stored.items() if name not in left_out and value not in _NOTHING}
    return {"id": stored.get("id") or document.get("id"), "created": shown}


def deleted(call: Call, document: JsonObject) -> JsonObject:
    """Return a deleted object as it is told; a text that is cut is named in a warning."""
    long = [name for name, value in document.items() if isinstance(value, str) and len(value) > _LONGEST_KEPT]
    call.warnings += [f"Only the first {_LONGEST_KEPT:,} characters of the deleted {name} are told." for name in long]
    return document | {name: str(document[name])[:_LONGEST_KEPT] for name in long}


def new_id(identifier: str) -> str:
    """Return the id for a new object; raise `InvalidInput` when it would be hard to name in a path or in code."""
    if not _NEW_ID.fullmatch(identifier):
        raise InvalidInput(
            f"{bounded(identifier, 100)!r} cannot be a new id.",
            hint="Use letters, digits and _ . : - only, at most 200 of them.",
        )
    return identifier

"""Whole REST objects as they are on the wire, with the fields that the typed client does not know.

A PUT of Panther's REST API replaces the whole object: a field that is left out is lost. What is to be changed is
therefore read here, where nothing is left out, and written back here.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic_core import from_json

from panther_client.rest import path_segment
from panther_mcp.errors import NotFound, UpstreamError
from panther_mcp.results import JsonObject

if TYPE_CHECKING:
    from panther_mcp.write_guard import WriteGuard

Query = Mapping[str, Any]


class Documents:
    """Reads and writes the objects of a collection (`rules`, `globals`, `data-models`, ...) by their id.

    The collection is the name in the path; the id may hold anything. Every method raises `PantherMcpError`:
    `NotFound` for an id that does not exist, `Conflict` for one that exists already, `FailedTests` (with the
    results) where a detection's tests fail, `InvalidInput` for a document that Panther does not accept.
    """

    def __init__(self, http: "WriteGuard") -> None:
        self._http = http

    async def read(self, collection: str, identifier: str) -> JsonObject:
        """Return an object with all of its fields, null ones too."""
        document = _document(await self._http.rest("GET", _path(collection, identifier)))
        if document is None:
            raise NotFound(f"Panther has nothing under this id in {collection}.")
        return document

    async def create(self, collection: str, document: JsonObject, *, query: Query | None = None) -> JsonObject | None:
        """Store a new object; return it as it was stored, where Panther says so."""
        return _document(await self._http.rest("POST", f"/{collection}", query=query, body=document))

    async def replace(
        self,
        collection: str,
        identifier: str,
        document: JsonObject,
        *,
        query: Query | None = None,
        changes: bool | None = None,
    ) -> JsonObject | None:
        """Store an object in place of the one with this id; return it as it was stored, where Panther says so.

        `changes=False` says that `query` makes this a trial that stores nothing.
        """
        path = _path(collection, identifier)
        return _document(await self._http.rest("PUT", path, query=query, body=document, changes=changes))

    async def update(self, collection: str, identifier: str, document: JsonObject) -> JsonObject | None:
        """Store an object in place of the one with this id, in a collection that takes a POST for it (`queries`)."""
        return _document(await self._http.rest("POST", _path(collection, identifier), body=document))

    async def delete(self, collection: str, identifier: str) -> None:
        """Delete an object."""
        await self._http.rest("DELETE", _path(collection, identifier))


def _path(collection: str, identifier: str) -> str:
    return f"/{collection}/{path_segment(identifier)}"


def _document(answer: bytes | None) -> JsonObject | None:
    if answer is None:
        return None
    try:
        document = from_json(answer)
    except ValueError as error:
        raise UpstreamError(
            "Panther's answer cannot be read: it is no JSON, or only a part of it.", hint="Try again.", retryable=True
        ) from error
    if not isinstance(document, dict):
        raise UpstreamError("Panther answered with something else than an object.")
    return cast("JsonObject", document)

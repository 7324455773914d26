"""Create a global helper: a Python module that detections can import."""

import keyword
from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput, bounded
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import apply_create

if TYPE_CHECKING:
    from panther_tools.helpers_write import CreateGlobalHelper


async def create_global_helper(
    call: Call, *, helper_id: str, body: str, description: str | None, tags: list[str] | None
) -> JsonObject:
    """Return what was created. Raises `Conflict` when there is a helper with this id already."""
    document = _helper(helper_id, body, description, tags)
    return await apply_create(call, "globals", document, lambda new: call.documents.create("globals", new))


def _helper(helper_id: str, body: str, description: str | None, tags: list[str] | None) -> JsonObject:
    if not helper_id.isascii() or not helper_id.isidentifier() or keyword.iskeyword(helper_id):
        raise InvalidInput(
            f"{bounded(helper_id, 100)!r} is no name that Python can import.",
            hint="Use letters, digits and _ only, beginning with a letter, e.g. acme_network.",
        )
    given = {"description": description, "tags": tags}
    return {"id": helper_id, "body": body} | {name: value for name, value in given.items() if value is not None}


if TYPE_CHECKING:
    _: CreateGlobalHelper = create_global_helper

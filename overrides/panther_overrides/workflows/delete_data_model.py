"""Delete a data model."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.document_writes import deleted

if TYPE_CHECKING:
    from panther_tools.helpers_write import DeleteDataModel


async def delete_data_model(call: Call, *, data_model_id: str) -> JsonObject:
    """Return the data model that was deleted. Raises `NotFound` for an id that none has."""
    before = await call.documents.read("data-models", data_model_id)
    documents = {f"data-models/{data_model_id}": (before, None)}
    await call.approve(before=before, documents=documents, deletes=True)
    await call.documents.delete("data-models", data_model_id)
    return {"deleted": deleted(call, before)}


if TYPE_CHECKING:
    _: DeleteDataModel = delete_data_model

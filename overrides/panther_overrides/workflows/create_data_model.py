"""Create a data model: common names for the fields of a log type."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.data_model_fields import checked_mappings, given_fields
from panther_overrides.workflows.common.document_writes import apply_create, new_id

if TYPE_CHECKING:
    from panther_tools.helpers_write import CreateDataModel


async def create_data_model(
    call: Call,
    *,
    data_model_id: str,
    log_types: list[str],
    mappings: list[dict[str, object]],
    body: str | None,
    display_name: str | None,
    description: str | None,
    enabled: bool,
) -> JsonObject:
    """Return what was created. Raises `Conflict` when there is a data model with this id already."""
    document = given_fields(
        id=new_id(data_model_id),
        log_types=log_types,
        mappings=checked_mappings(mappings),
        body=body,
        display_name=display_name,
        description=description,
        enabled=enabled,
    )
    return await apply_create(call, "data-models", document, lambda new: call.documents.create("data-models", new))


if TYPE_CHECKING:
    _: CreateDataModel = create_data_model

"""Change a data model: what is given gets another value, the rest stays."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.data_model_fields import checked_mappings, given_fields
from panther_overrides.workflows.common.document_writes import apply_update, patched

if TYPE_CHECKING:
    from panther_tools.helpers_write import UpdateDataModel


async def update_data_model(
    call: Call,
    *,
    data_model_id: str,
    log_types: list[str] | None,
    mappings: list[dict[str, object]] | None,
    body: str | None,
    display_name: str | None,
    description: str | None,
    enabled: bool | None,
) -> JsonObject:
    """Return what changed. Raises `NotFound` for an id that no data model has."""
    given = given_fields(
        log_types=log_types,
        mappings=checked_mappings(mappings),
        body=body,
        display_name=display_name,
        description=description,
        enabled=enabled,
    )
    before = await call.documents.read("data-models", data_model_id)
    change = patched(data_model_id, before, given)
    return await apply_update(
        call, "data-models", change, lambda new: call.documents.replace("data-models", data_model_id, new)
    )


if TYPE_CHECKING:
    _: UpdateDataModel = update_data_model

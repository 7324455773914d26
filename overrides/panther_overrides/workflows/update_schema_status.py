"""Archive a log type schema or bring it back; Panther tells a refusal inside its answer."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput, NotFound, bounded
from panther_mcp.runtime import Call, JsonObject, plain
from panther_overrides.workflows.common.changing import Change, approve, confirmed
from panther_overrides.workflows.common.schema_documents import find_schema

if TYPE_CHECKING:
    from panther_tools.schemas_write import UpdateSchemaStatus


async def update_schema_status(call: Call, *, schema_name: str, is_archived: bool) -> JsonObject:
    """Return whether the schema was archived before, and is now."""
    found = await find_schema(call, schema_name)
    if found is None:
        raise NotFound(
            f"There is no log type schema {bounded(schema_name, 200)}.",
            hint="Names are exact and case-sensitive; list_log_type_schemas finds them by a part.",
        )
    change = Change({"isArchived": bool(found.get("isArchived"))}, {"isArchived": is_archived})
    if change.fields:
        await approve(call, change, name=schema_name)
        await _apply(call, schema_name, is_archived)
    return {"name": schema_name, **change.told()}


async def _apply(call: Call, name: str, is_archived: bool) -> None:
    from panther_client.graphql.input_types import UpdateSchemaStatusInput

    wanted = UpdateSchemaStatusInput(name=name, isArchived=is_archived)
    answer = await call.graphql.update_schema_status(input=wanted)
    if error := plain(answer).get("error"):
        raise InvalidInput(
            f"Panther refused: {bounded(str(error.get('message', 'no reason given')))}",
            hint="A schema that a source uses cannot be archived: take it from the source first.",
        )
    confirmed(answer, "schema")


if TYPE_CHECKING:
    _: UpdateSchemaStatus = update_schema_status

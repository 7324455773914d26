"""Make a custom log type schema or change one. Panther replaces it, so what is not given is put back as it was."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, given
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch
from panther_overrides.workflows.common.schema_documents import find_schema

if TYPE_CHECKING:
    from panther_tools.schemas_write import CreateOrUpdateSchema


async def create_or_update_schema(
    call: Call,
    *,
    name: str,
    spec: str,
    description: str | None,
    reference_url: str | None,
    field_discovery: bool | None,
) -> JsonObject:
    """Return the revision, whether the schema is new, and otherwise what changed.

    Raises `Conflict` where somebody else has changed it in between.
    """
    found = await find_schema(call, name)
    asked: JsonObject = {
        "spec": spec,
        "description": description,
        "referenceURL": reference_url,
        "isFieldDiscoveryEnabled": field_discovery,
    }
    change = _change(found, asked)
    if found is None:
        await call.approve(after={"name": name, **given(**change.after)})
        return {"name": name, "revision": await _apply(call, name, None, change), "created": True}
    revision = int(found.get("revision", 0))
    if change.fields:
        await approve(call, change, name=name)
        revision = await _apply(call, name, revision, change)
    return {"name": name, "revision": revision, **change.told()}


def _change(found: JsonObject | None, given: JsonObject) -> Change:
    return patch({name: (found or {}).get(name) for name in given}, given)


async def _apply(call: Call, name: str, revision: int | None, change: Change) -> int:
    from panther_client.graphql.input_types import CreateOrUpdateSchemaInput

    wanted = CreateOrUpdateSchemaInput.model_validate({"name": name, "revision": revision, **change.after})
    return int(confirmed(await call.graphql.put_schema(input=wanted), "schema").get("revision", 0))


if TYPE_CHECKING:
    _: CreateOrUpdateSchema = create_or_update_schema

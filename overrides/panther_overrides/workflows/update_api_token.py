"""Change an API token. REST replaces its settings as a whole, so what is not given is put back as it was."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch, present

if TYPE_CHECKING:
    from panther_tools.access_admin import UpdateApiToken


async def update_api_token(
    call: Call,
    *,
    token_id: str,
    name: str | None,
    permissions: list[str] | None,
    allowed_cidr_blocks: list[str] | None,
) -> JsonObject:
    """Return what changed of the token; its value stays the same."""
    found = present(call, await call.rest.api_token_get(id=token_id))
    call.hide(found.pop("value", None))
    change = _change(found, name, permissions, allowed_cidr_blocks)
    found_id = str(found.get("id", token_id))
    if change.fields:
        await approve(call, change, id=found_id)
        await _apply(call, found_id, change)
    return {"id": found_id, **change.told()}


def _change(found: JsonObject, name: str | None, permissions: list[str] | None, blocks: list[str] | None) -> Change:
    """Return the change; the order of permissions means nothing, so that it is none."""
    before = {
        "name": found.get("name"),
        "permissions": sorted(found.get("permissions", ())),
        "allowedCIDRBlocks": found.get("allowedCIDRBlocks"),
    }
    given = {"name": name, "permissions": sorted(set(permissions)) if permissions else None}
    return patch(before, {**given, "allowedCIDRBlocks": blocks or None})


async def _apply(call: Call, token_id: str, change: Change) -> None:
    from panther_client.rest_models import ModifyAPIToken

    answer = await call.rest.api_token_update(id=token_id, body=ModifyAPIToken.model_validate(change.after))
    call.hide(answer.value if answer else None)
    confirmed(answer)


if TYPE_CHECKING:
    _: UpdateApiToken = update_api_token

"""Change a role. REST replaces it as a whole, so what is not given is put back as it was."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, patch, present

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.access_admin import UpdateRole


async def update_role(
    call: Call,
    *,
    role_id: str,
    name: str | None,
    permissions: list[str] | None,
    log_type_access_kind: "Literal['ALLOW', 'ALLOW_ALL', 'DENY', 'DENY_ALL'] | None",
    log_type_access: list[str] | None,
) -> JsonObject:
    """Return what changed of the role."""
    found = present(call, await call.rest.role_get(id=role_id))
    given: JsonObject = {
        "name": name,
        "permissions": sorted(set(permissions)) if permissions else None,
        "logTypeAccessKind": log_type_access_kind,
        "logTypeAccess": log_type_access,
    }
    change = _change(found, given)
    if change.fields:
        await approve(call, change, id=role_id)
        await _apply(call, role_id, change)
    return {"id": role_id, **change.told()}


def _change(found: JsonObject, given: JsonObject) -> Change:
    """Return the change; the order of permissions means nothing, so that it is none."""
    before = {name: found.get(name) for name in given}
    return patch({**before, "permissions": sorted(found.get("permissions", ()))}, given)


async def _apply(call: Call, role_id: str, change: Change) -> None:
    from panther_client.rest_models import ModifyRole

    await call.rest.role_update(id=role_id, body=ModifyRole.model_validate(change.after))


if TYPE_CHECKING:
    _: UpdateRole = update_role

"""Change how an AWS account is scanned. Panther wants label and role each time, so they are put back as they were."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import Change, approve, confirmed, patch, present

if TYPE_CHECKING:
    from panther_tools.cloud_accounts import UpdateCloudAccount


async def update_cloud_account(
    call: Call,
    *,
    cloud_account_id: str,
    label: str | None,
    audit_role: str | None,
    ignored_regions: list[str] | None,
    ignored_resource_types: list[str] | None,
    ignored_resources: list[str] | None,
) -> JsonObject:
    """Return what changed of the account."""
    found = present(call, await call.graphql.get_cloud_account(id=cloud_account_id))
    given: JsonObject = {
        "label": label,
        "auditRole": audit_role,
        "awsRegionIgnoreList": ignored_regions,
        "resourceTypeIgnoreList": ignored_resource_types,
        "resourceRegexIgnoreList": ignored_resources,
    }
    change = _change(found, given)
    if change.fields:
        await approve(call, change, id=cloud_account_id)
        await _apply(call, cloud_account_id, change)
    return {"id": cloud_account_id, **change.told()}


def _change(found: JsonObject, given: JsonObject) -> Change:
    """Return the change. Raises `InvalidInput` where there has been no role yet and none is given."""
    role = found.get("awsScanConfig", {}).get("auditRole")
    change = patch({**{name: found.get(name) for name in given}, "auditRole": role}, given)
    if not change.after["auditRole"]:
        raise InvalidInput("This account has no audit_role yet, and Panther wants one.", hint="Give audit_role, too.")
    return change


async def _apply(call: Call, cloud_account_id: str, change: Change) -> None:
    from panther_client.graphql.input_types import UpdateCloudAccountInput

    settings = dict(change.after)
    scanned_with = {"auditRole": settings.pop("auditRole")}
    wanted = UpdateCloudAccountInput.model_validate({"id": cloud_account_id, "awsScanConfig": scanned_with, **settings})
    confirmed(await call.graphql.update_cloud_account(input=wanted), "cloudAccount")


if TYPE_CHECKING:
    _: UpdateCloudAccount = update_cloud_account

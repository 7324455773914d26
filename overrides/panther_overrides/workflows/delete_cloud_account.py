"""Stop scanning an AWS account."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import approve_deletion, confirmed, present

if TYPE_CHECKING:
    from panther_tools.cloud_accounts import DeleteCloudAccount


async def delete_cloud_account(call: Call, *, cloud_account_id: str) -> JsonObject:
    """Return the account that was deleted."""
    found = present(call, await call.graphql.get_cloud_account(id=cloud_account_id))
    doomed = {name: found[name] for name in ("id", "label", "awsAccountId") if name in found}
    await approve_deletion(call, doomed)
    await _apply(call, cloud_account_id)
    return {"deleted": doomed}


async def _apply(call: Call, cloud_account_id: str) -> None:
    from panther_client.graphql.input_types import DeleteCloudAccountInput

    confirmed(await call.graphql.delete_cloud_account(input=DeleteCloudAccountInput(id=cloud_account_id)))


if TYPE_CHECKING:
    _: DeleteCloudAccount = delete_cloud_account

"""Make an API token, and keep its value in a file."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, given, record
from panther_overrides.workflows.common.api_tokens import kept

if TYPE_CHECKING:
    from panther_tools.access_admin import CreateApiToken


async def create_api_token(
    call: Call, *, name: str, permissions: list[str], allowed_cidr_blocks: list[str] | None
) -> JsonObject:
    """Return the token without its value, and the path of the file that holds that."""
    from panther_client.rest_models import ModifyAPIToken

    after = given(name=name, permissions=permissions, allowed_cidr_blocks=allowed_cidr_blocks)
    await call.approve(after=after)
    body = ModifyAPIToken(name=name, permissions=permissions, allowedCIDRBlocks=allowed_cidr_blocks or None)
    token, path = await kept(call, f"api-token-{name}", lambda: call.rest.api_token_create(body=body))
    return {**record(token, fields=("id", "name", "permissions", "allowedCIDRBlocks")), "secret_file": path}


if TYPE_CHECKING:
    _: CreateApiToken = create_api_token

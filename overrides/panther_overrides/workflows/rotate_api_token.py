"""Give an API token a new value, and keep that in a file."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject, record
from panther_overrides.workflows.common.api_tokens import kept, other_token

if TYPE_CHECKING:
    from panther_tools.access_admin import RotateApiToken


async def rotate_api_token(call: Call, *, token_id: str) -> JsonObject:
    """Return the token without its value, and the path of the file that holds that."""
    found = await other_token(call, token_id, "rotated")
    await call.approve(before=found, after={"value": "a new one, kept in a file"})
    label = f"api-token-{found.get('name', '')}"
    token, path = await kept(call, label, lambda: call.rest.api_token_rotate(id=str(found["id"])))
    return {**record(token, fields=("id", "name", "rotatedAt")), "secret_file": path}


if TYPE_CHECKING:
    _: RotateApiToken = rotate_api_token

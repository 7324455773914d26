"""API tokens: which one this server uses, and how a new value is kept without being shown."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from anyio import CancelScope

from panther_mcp.errors import BlockedByPolicy, UpstreamError
from panther_mcp.resilience.call_scope import beyond_the_call
from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.changing import present

if TYPE_CHECKING:
    from panther_client.rest_models import APIToken


async def other_token(call: Call, token_id: str, what: str) -> JsonObject:
    """Return the token `token_id` as it is now, to be rotated or deleted (`what` says which of them).

    Raises `BlockedByPolicy` when it is the token in use: afterwards, this server could do nothing more.
    """
    own = present(call, await call.rest.api_token_get(id="self"))
    found = present(call, await call.rest.api_token_get(id=token_id))
    call.hide(found.pop("value", None))
    # Also where Panther takes "self" for an id: its own answer says which token is meant.
    if found.get("id") is None or found["id"] == own.get("id"):
        raise BlockedByPolicy(
            f"This is the API token that this server uses: it is not {what} here.",
            hint="Do it in the Panther console (Settings > API Tokens), then give the server the new token.",
            details={"rule": "token_in_use"},
        )
    return found


async def kept(call: Call, label: str, request: Callable[[], Awaitable["APIToken | None"]]) -> tuple["APIToken", str]:
    """Make `request`, which answers with a new value; return the token without it, and the file that holds it.

    The file is there before the request is made, and the request is not interrupted: a value that nobody has could
    not be asked for again.
    """
    with call.secret_files.reserved(label) as file:
        token: APIToken | None = None
        with CancelScope(shield=True), beyond_the_call():
            token = await request()
        if token is None or not token.value:
            raise UpstreamError(
                "Panther did not tell the token's value.",
                hint="list_api_tokens shows whether there is a new token; rotate or delete it.",
            )
        call.hide(token.value)
        path = file.write(token.value)
        token.value = None
        return token, path

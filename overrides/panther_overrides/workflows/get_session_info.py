"""Tell what this server remembers of the session: no request is made."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject

if TYPE_CHECKING:
    from panther_tools.instance import GetSessionInfo


async def get_session_info(call: Call) -> JsonObject:
    """Return when the session began and what it has done; this very call is not yet counted."""
    return call.session.told(pending=call.pending())


if TYPE_CHECKING:
    _: GetSessionInfo = get_session_info

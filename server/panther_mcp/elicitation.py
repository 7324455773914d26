"""Ask the person behind the client to agree to a change, in both generations of the protocol."""

from fastmcp.server.context import Context
from fastmcp.server.elicitation import AcceptedElicitation
from mcp_types import (
    ClientCapabilities,
    ElicitationCapability,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic_core import to_json

from panther_mcp.changes import Change, InputNeeded
from panther_mcp.errors import bounded

_KEY = "agree"
_TITLE = "Make this change"
_LONGEST_QUESTION = 3_000


class PersonOfContext:
    """The person behind the client of the current request."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def answered(self) -> tuple[bool, str] | None:
        """Return the answer that came with this call, and the confirmation that was sent with the question."""
        responses = self._context.input_responses
        state = self._context.request_state
        if not responses or state is None or _KEY not in responses:
            return None
        response = responses[_KEY]
        if not isinstance(response, ElicitResult) or response.action != "accept":
            return False, state
        return bool((response.content or {}).get(_KEY)), state

    async def ask(self, change: Change, confirmation: str) -> bool | None:
        """Ask; return the answer, or None when the client cannot ask. Raises `InputNeeded` where it asks later."""
        session = self._context.session
        # A client that does not know elicitation would never answer.
        if not session.check_client_capability(ClientCapabilities(elicitation=ElicitationCapability())):
            return None
        question = _question(change)
        if session.protocol_version in MODERN_PROTOCOL_VERSIONS:
            asked = ElicitRequestFormParams(message=question, requested_schema=_schema())
            raise InputNeeded(
                InputRequiredResult(input_requests={_KEY: ElicitRequest(params=asked)}, request_state=confirmation)
            )
        answer = await self._context.elicit(question, bool, response_title=_TITLE)
        return isinstance(answer, AcceptedElicitation) and bool(answer.data)


def _schema() -> dict[str, object]:
    return {"type": "object", "properties": {_KEY: {"type": "boolean", "title": _TITLE}}, "required": [_KEY]}


def _question(change: Change) -> str:
    shown = change.preview()
    tool = shown.pop("tool")
    return bounded(f"{tool} would make this change in Panther: {to_json(shown).decode()}", _LONGEST_QUESTION)

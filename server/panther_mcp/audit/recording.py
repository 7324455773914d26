"""What an approved change leads from and to, noted in the audit log before the change is sent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from panther_mcp.errors import (
    DeadlineExceeded,
    PantherMcpError,
    RateLimited,
    Unauthenticated,
    Unavailable,
)

if TYPE_CHECKING:
    from panther_mcp.audit.auditor import AuditEntry
    from panther_mcp.changes import Change
    from panther_mcp.runtime import Call

# With one of these, the change itself would fail as well: nothing has to be sent to know.
_NO_PANTHER = (DeadlineExceeded, RateLimited, Unauthenticated, Unavailable)


async def recorded(call: "Call", entry: "AuditEntry", given: Mapping[str, Any], change: "Change") -> None:
    """Note in the audit log what an approved change leads from and to, and that it is about to be sent."""
    from panther_mcp.audit.reversal import document_states
    from panther_overrides.reversals import REVERSALS

    reversal = REVERSALS.get(change.tool)
    if change.documents:
        before, after = document_states(change.documents)
        entry.planned(before=before, after=after)
    elif reversal is None or reversal.told:
        entry.planned(before=change.before, after=change.preview())
    else:
        try:
            before, after = await reversal.states(call, given, change.state)
        except _NO_PANTHER:
            raise
        except PantherMcpError as error:
            entry.unread(error.code)
        else:
            entry.planned(before=before, after=after)
    await entry.intend()

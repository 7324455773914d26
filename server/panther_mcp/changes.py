"""A change before it is made: what it would do, whether a person has to agree, and the proof that one did.

Every write computes its `Change` from the present state and hands it to `Gate.approve`, which returns only when it
may be made. A write that was confirmed is computed once more: if the state has moved meanwhile the change is another
one, and the confirmation does not fit.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from panther_mcp.errors import BlockedByPolicy, ConfirmationRequired, Conflict
from panther_mcp.results import JsonObject

# How long a person has to agree.
LIFETIME_SECONDS = 300
_MOST_PENDING = 1_000


class Person(Protocol):
    """The person behind the client, where the client can ask them."""

    def answered(self) -> tuple[bool, str] | None:
        """Return the answer that came with this call to what an earlier round asked, and its confirmation."""
        ...

    async def ask(self, change: "Change", confirmation: str) -> bool | None:
        """Return what the person says to `change`, or None when this client cannot ask.

        A client that answers in a call of its own gets `confirmation` to send along with it.
        """
        ...


@dataclass(frozen=True)
class Change:
    """What a write would do: `before` and `after` hold what changes, `facts` whatever else a person should know."""

    tool: str
    before: JsonObject | None = None
    after: JsonObject | None = None
    facts: JsonObject = field(default_factory=dict[str, Any])
    # What must not have moved until it is made, though it is not shown.
    state: object = None
    # What is doubtful about it. Shown, but no part of what is confirmed: it may depend on when one asks.
    warnings: tuple[str, ...] = ()
    # The objects of the REST API that it touches, `collection/id` to the whole before and after; None: there is none.
    # For the audit log, so that it can be reverted.
    documents: Mapping[str, tuple[JsonObject | None, JsonObject | None]] = field(default_factory=dict[str, Any])

    def preview(self) -> JsonObject:
        """Return the change as a model and a person read it."""
        return self._told() | ({"warnings": list(self.warnings)} if self.warnings else {})

    def _told(self) -> JsonObject:
        shown = {"before": self.before, "after": self.after, **self.facts}
        return {"tool": self.tool, **{name: value for name, value in shown.items() if value is not None}}

    @property
    def digest(self) -> str:
        """The same for the same change of the same state."""
        return _digest([self._told(), self.state])


class PreviewOnly(Exception):  # noqa: N818 - no error: how a dry run leaves a write before anything is sent
    """Carries the change of a dry run out of the write, with a confirmation for it where one will be needed."""

    def __init__(self, change: Change, confirmation: str | None) -> None:
        super().__init__("a dry run ends here")
        self.change, self.confirmation = change, confirmation


class InputNeeded(Exception):  # noqa: N818 - no error: the call ends here, and the client makes it once more
    """Carries the question to the person out of the write, as the MCP result `request`."""

    def __init__(self, request: object) -> None:
        super().__init__("the person has to answer first")
        self.request = request


@dataclass(frozen=True, slots=True)
class _Offered:
    call: str
    change: str
    until: float
    owner: object


class Confirmations:
    """The confirmations that were offered and not used yet: each for one change, once, and for five minutes."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pending: dict[str, _Offered] = {}

    def pending(self, owner: object = None) -> int:
        """Return how many wait for an answer; with `owner`, how many of those that were offered to it."""
        self._forget()
        return sum(1 for offered in self._pending.values() if owner is None or offered.owner is owner)

    def offer(self, call: str, change: Change, owner: object = None) -> str:
        """Return a new confirmation of `change`, made by the call with the digest `call`, in the session `owner`.

        Any session may redeem it: there are clients that begin one for each call.
        """
        self._forget()
        while len(self._pending) >= _MOST_PENDING:
            self._pending.pop(next(iter(self._pending)))
        token = secrets.token_urlsafe(18)
        self._pending[token] = _Offered(call, change.digest, self._clock() + LIFETIME_SECONDS, owner)
        return token

    def redeem(self, token: str, call: str, change: Change) -> None:
        """Use up `token`. Raises when it is unknown, of another call, or of another state than the present one."""
        self._forget()
        # Used up whatever comes of it: a confirmation that does not fit must not be tried again.
        offered = self._pending.pop(token, None)
        if offered is None:
            raise ConfirmationRequired(
                "This confirmation is unknown, used or expired. Nothing was changed.",
                hint="Call again without confirmation for a new preview.",
            )
        if offered.call != call:
            raise BlockedByPolicy(
                "This confirmation belongs to another call. Nothing was changed.",
                hint="Pass exactly the arguments that were previewed, or call without confirmation.",
                details={"rule": "confirmation"},
            )
        if offered.change != change.digest:
            raise Conflict(
                "What would change is no longer what was confirmed. Nothing was changed.",
                hint="Call again without confirmation, and show the new preview.",
                details={"preview": change.preview()},
            )

    def withdraw(self, token: str) -> None:
        """Forget `token`: the person was asked directly."""
        self._pending.pop(token, None)

    def _forget(self) -> None:
        now = self._clock()
        for token in [token for token, offered in self._pending.items() if offered.until <= now]:
            del self._pending[token]


@dataclass
class Gate:
    """Decides on the change of one call; `approved` is the change that it let through."""

    confirmations: Confirmations
    call: str
    needed: bool
    dry_run: bool = False
    confirmation: str | None = None
    person: Person | None = None
    approved: Change | None = None
    # The session that the call belongs to.
    owner: object = None
    # How many changes were sent that Panther did not refuse.
    sent: int = 0
    # Hears of the change that it lets through, before anything is sent; what it raises keeps it from being made.
    record: Callable[[Change], Awaitable[None]] | None = None

    async def approve(self, change: Change) -> None:
        """Return when `change` may be made.

        Raises `PreviewOnly` in a dry run, `ConfirmationRequired` when a person has to agree first and could not be
        asked, `BlockedByPolicy` when the person declined, and what `Confirmations.redeem` raises.
        """
        if self.dry_run:
            raise PreviewOnly(change, self._offer(change) if self.needed else None)
        if self.needed:
            await self._confirmed(change)
        if self.record is not None:
            await self.record(change)
        self.approved = change

    async def _confirmed(self, change: Change) -> None:
        answered = self.person.answered() if self.person else None
        if answered is not None:
            agreed, confirmation = answered
            self.confirmations.redeem(confirmation, self.call, change)
            self._require(agreed)
            return
        if self.confirmation is not None:
            self.confirmations.redeem(self.confirmation, self.call, change)
            return
        offered = self._offer(change)
        answer = await self.person.ask(change, offered) if self.person else None
        if answer is None:
            raise ConfirmationRequired(
                "A person has to agree to this change first. Nothing was changed.",
                hint="Show the preview to the person; if they agree, call again with this confirmation added.",
                details={
                    "preview": change.preview(),
                    "confirmation": offered,
                    "expires_in_seconds": LIFETIME_SECONDS,
                },
            )
        self.confirmations.withdraw(offered)
        self._require(answer)

    def _offer(self, change: Change) -> str:
        return self.confirmations.offer(self.call, change, self.owner)

    @staticmethod
    def _require(agreed: bool) -> None:
        if not agreed:
            raise BlockedByPolicy(
                "The person declined this change. Nothing was changed.",
                hint="Do not try again unless they ask for it.",
                details={"rule": "declined"},
            )


def call_digest(tool: str, arguments: Mapping[str, Any]) -> str:
    """Return what binds a confirmation to a call: the tool and its validated arguments."""
    return _digest([tool, dict(arguments)])


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()

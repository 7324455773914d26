"""Who is calling, and what the token lets them do."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from panther_sandbox.clock import api_time
from panther_sandbox.errors import AccessDeniedError, UnauthenticatedError
from panther_sandbox.sandbox import Sandbox

TOKEN_HEADER = "x-api-key"  # noqa: S105 - the header's name


@dataclass(frozen=True)
class Caller:
    """The API token of a request."""

    token_id: str
    permissions: frozenset[str]

    def require(self, *any_of: str) -> None:
        """Raise AccessDeniedError unless the token has one of the permissions; none asked for means all may."""
        if any_of and self.permissions.isdisjoint(any_of):
            raise AccessDeniedError(any_of[0])


def authenticate(sandbox: Sandbox, value: str | None, address: str | None) -> Caller:
    """Return the caller whose token has a secret value, and note that the token was used.

    Raises UnauthenticatedError for a token that is unknown or has expired, AccessDeniedError for one used from a
    foreign address.
    """
    now = api_time(sandbox.clock.now())
    token = sandbox.store.tokens.by_value(value) if value else None
    if token is None or (token["expires_at"] and token["expires_at"] <= now):
        raise UnauthenticatedError("the API token is missing or not valid")
    if address and not _is_within(address, token["allowed_cidr_blocks"]):
        raise AccessDeniedError("a request from an allowed address")
    sandbox.store.tokens.note_use(token["id"], now)
    return Caller(token["id"], frozenset(token["permissions"]))


def _is_within(address: str, blocks: Sequence[str]) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False) for block in blocks)

"""Who is calling, and what the token lets them do."""

from __future__ import annotations

import ipaddress
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
    """Return the caller whose token has a secret value.

    Raises UnauthenticatedError for an unknown token, AccessDeniedError for one used from a foreign address.
    """
    token = sandbox.store.tokens.use(value, api_time(sandbox.clock.now())) if value else None
    if token is None:
        raise UnauthenticatedError("the API token is missing or not valid")
    if address and not any(
        ipaddress.ip_address(address) in ipaddress.ip_network(block) for block in token["allowed_cidr_blocks"]
    ):
        raise AccessDeniedError("a request from an allowed address")
    return Caller(token["id"], frozenset(token["permissions"]))

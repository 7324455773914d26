"""What the API token in use may do: asked once, when the tools are first listed, and remembered for some minutes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from pydantic_core import from_json

from panther_mcp.catalog import missing as missing
from panther_mcp.errors import PantherMcpError, UpstreamError

_log = logging.getLogger(__name__)
_REMEMBERED_SECONDS = 300.0
_RETRY_SECONDS = 30.0
# A list that waits for a slow Panther is worse than one that shows too much.
_PATIENCE_SECONDS = 1.5
_PATH = "/api-tokens/self"

RestGet = Callable[[str, str], Awaitable[bytes | None]]


class TokenPermissions:
    """The permissions of the token, in names of Panther's `Permission` enum."""

    def __init__(
        self,
        get: RestGet,
        clock: Callable[[], float] = time.monotonic,
        *,
        keep: Callable[[frozenset[str]], None] | None = None,
    ) -> None:
        """`keep` is told what Panther has answered."""
        self._get, self._clock, self._keep = get, clock, keep
        self._known: frozenset[str] | None = None
        self._until = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def known(self, patience: float = _PATIENCE_SECONDS) -> frozenset[str] | None:
        """Return them, or None when Panther does not tell within `patience` seconds."""
        if self._clock() >= self._until:
            self._until = self._clock() + _RETRY_SECONDS
            # Not cancelled when the patience ends: the next list profits.
            await asyncio.wait({self.ask()}, timeout=patience)
        return self._known

    @property
    def present(self) -> frozenset[str] | None:
        """What is known now, without waiting for it."""
        return self._known

    def ask(self) -> "asyncio.Task[None]":
        """Ask Panther now, unless that is being done."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return self._asking

    async def aclose(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def _ask(self) -> None:
        try:
            self._known = await token_permissions(self._get)
        except PantherMcpError as error:
            _log.info("the permissions of the token are unknown: %s", error)
            return
        self._until = self._clock() + _REMEMBERED_SECONDS
        if self._keep is not None:
            self._keep(self._known)


async def token_permissions(get: RestGet) -> frozenset[str]:
    """Return the permissions of the token that `get` uses. Raises `PantherMcpError` when Panther does not tell."""
    try:
        answer = from_json(await get("GET", _PATH) or b"null")
    except ValueError as error:
        raise UpstreamError("Panther's answer about the token cannot be read: it is no JSON.") from error
    granted = cast("Mapping[str, object]", answer).get("permissions") if isinstance(answer, dict) else None
    if not isinstance(granted, list):
        raise UpstreamError("Panther did not say what the token may do.")
    return frozenset(str(name) for name in cast("list[object]", granted))

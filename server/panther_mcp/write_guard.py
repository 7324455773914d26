"""Between a write and the API: nothing that changes something is sent before the change was approved."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol

from panther_mcp.errors import InternalError

if TYPE_CHECKING:
    from panther_mcp.changes import Gate
    from panther_mcp.http import GraphQLResponse

_MUTATION: Final = re.compile(r"^\s*mutation\b", re.MULTILINE)


class Sender(Protocol):
    """Sends requests; see `PantherHttp`."""

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> "GraphQLResponse":
        """Send one GraphQL operation."""
        ...

    async def rest(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> bytes | None:
        """Send one REST request."""
        ...


class WriteGuard:
    """Sends requests as `PantherHttp` does, and refuses those of a write that has not been approved.

    It holds for tools that write. A tool that reads may start a query or run tests, which are POSTs too; that it
    changes nothing is checked when it is generated.
    """

    def __init__(self, http: Sender, gate: "Gate | None") -> None:
        self._http, self._gate = http, gate
        self._trial = False

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> "GraphQLResponse":
        """Send one GraphQL operation; see `PantherHttp.graphql`."""
        self._check(operation_name, _MUTATION.search(query) is not None)
        return await self._http.graphql(query, operation_name=operation_name, variables=variables)

    async def rest(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> bytes | None:
        """Send one REST request; see `PantherHttp.rest`."""
        self._check(method, method.upper() not in ("GET", "HEAD") if changes is None else changes)
        return await self._http.rest(method, path, query=query, body=body, changes=changes)

    @contextmanager
    def trial(self) -> Generator[None]:
        """Let requests through that look like changes and are none: the dry runs that Panther itself offers."""
        self._trial = True
        try:
            yield
        finally:
            self._trial = False

    def _check(self, what: str, changes: bool) -> None:
        if changes and self._gate is not None and self._gate.approved is None and not self._trial:
            raise InternalError(f"A change ({what}) was to be sent before it was approved. Nothing was sent.")

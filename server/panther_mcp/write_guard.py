"""Between a write and the API: nothing that changes something is sent before the change was approved."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from panther_mcp.errors import InternalError, PantherMcpError
from panther_mcp.graphql_documents import is_mutation
from panther_mcp.tool_failures import left_unknown, say_uncertain

if TYPE_CHECKING:
    from panther_mcp.changes import Gate
    from panther_mcp.http import GraphQLResponse


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
        changes = is_mutation(query, operation_name)
        self._check(operation_name, changes)
        with self._counted(changes):
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
        if changes is None:
            changes = method.upper() not in ("GET", "HEAD")
        self._check(method, changes)
        with self._counted(changes):
            return await self._http.rest(method, path, query=query, body=body, changes=changes)

    @contextmanager
    def trial(self) -> Generator[None]:
        """Let requests through that look like changes and are none: the dry runs that Panther itself offers."""
        self._trial = True
        try:
            yield
        finally:
            self._trial = False

    @contextmanager
    def _counted(self, changes: bool) -> Generator[None]:
        """Count a change that is sent, unless Panther refused it: it was made, or may have been."""
        gate = self._gate
        if gate is None or not changes or self._trial:
            yield
            return
        gate.sent += 1
        try:
            yield
        except PantherMcpError as error:
            if left_unknown(error):
                say_uncertain(error)
            else:
                gate.sent -= 1
            raise

    def _check(self, what: str, changes: bool) -> None:
        if changes and self._gate is not None and self._gate.approved is None and not self._trial:
            raise InternalError(f"A change ({what}) was to be sent before it was approved. Nothing was sent.")

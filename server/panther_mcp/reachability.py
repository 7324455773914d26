"""The server's way to Panther, which says in the log when it does not lead there: once, not at every call."""

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from panther_mcp.errors import DeadlineExceeded, PantherMcpError, Unauthenticated, Unavailable, UnsupportedByPanther
from panther_mcp.http import GraphQLResponse, PantherHttp
from panther_mcp.settings import Settings
from panther_mcp.telemetry.recorder import Recorder
from panther_mcp.upstream import CONSOLE_HINT, no_api_here

_log = logging.getLogger(__name__)
_NOT_FOUND: Final = 404
_NO_WAY: Final = (DeadlineExceeded, Unauthenticated, Unavailable)


class ToldHttp(PantherHttp):
    """Sends requests as `PantherHttp` does. Of each kind of failure to reach Panther the first is logged, as an error.

    That is for the person who runs the server: every call gets its own error. Once Panther has answered, the next
    failure is told again.
    """

    def __init__(self, settings: Settings, *, recorder: Recorder | None = None) -> None:
        super().__init__(settings, recorder=recorder)
        self._told: set[str] = set()
        self._answers = False

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Send one GraphQL operation; see `PantherHttp.graphql`."""
        with self._telling():
            return await super().graphql(query, operation_name=operation_name, variables=variables)

    async def rest(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        changes: bool | None = None,
    ) -> bytes | None:
        """Send one REST request; see `PantherHttp.rest`.

        What has no route for it, and has never answered anything else, is no API of Panther.
        """
        with self._telling():
            try:
                return await super().rest(method, path, query=query, body=body, changes=changes)
            except UnsupportedByPanther as error:
                if self._answers or error.details.get("http_status") != _NOT_FOUND:
                    raise
                raise no_api_here("HTTP 404") from error

    @contextmanager
    def _telling(self) -> Generator[None]:
        try:
            yield
        except PantherMcpError as error:
            # With that hint, something else than the API has answered.
            no_way = isinstance(error, _NO_WAY) or error.hint == CONSOLE_HINT
            if no_way and error.code not in self._told:
                self._told.add(error.code)
                # What to do about a lone call that is late (ask for less) is for the model.
                said = error.message if isinstance(error, DeadlineExceeded) else str(error)
                _log.error("Panther cannot be used. %s `panther-mcp doctor` looks for the cause.", said)
            raise
        self._answers = True
        if self._told:
            self._told.clear()
            _log.info("Panther answers again.")

"""What a generated tool calls: the typed clients, the shapers of results, and the types of arguments.

A `Call` is made for each call of a tool. It holds the clients over the server's one HTTP connection pool,
and what is to be told beside the result.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote

from pydantic_core import from_json

from panther_mcp.arguments import Detail as Detail
from panther_mcp.arguments import Id as Id
from panther_mcp.arguments import Timestamp as Timestamp
from panther_mcp.errors import DeadlineExceeded, UpstreamError, bounded
from panther_mcp.redaction import Redactor
from panther_mcp.results import JsonObject as JsonObject
from panther_mcp.results import listing as listing
from panther_mcp.results import page as page
from panther_mcp.results import plain as plain
from panther_mcp.results import record as record
from panther_mcp.secret_files import SecretFiles

if TYPE_CHECKING:
    from panther_client.graphql.client import PantherGraphQL
    from panther_client.rest import PantherREST
    from panther_mcp.http import PantherHttp

_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 2.0

Progress = Callable[[float, float | None, str], Awaitable[None]]
ToolFunction = Callable[..., Awaitable[JsonObject]]
Workflows = Callable[[str], ToolFunction]


class Sleeper(Protocol):
    """Waits longer each time, from tens of milliseconds up to seconds: a fast answer is seen fast."""

    async def __call__(self, at_most: float) -> None:
        """Wait, but no longer than `at_most` seconds."""
        ...


class Call:
    """One call of a tool: `graphql` and `rest` are the typed clients, `warnings` is told beside the result.

    `secret_files` keeps what must not be told; what `hide` was told of is taken out of all that the call says.
    """

    def __init__(
        self,
        http: "PantherHttp",
        *,
        workflows: Workflows,
        progress: Progress,
        secret_files: SecretFiles | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._http = http
        self._workflows = workflows
        self.progress = progress
        self.secret_files = secret_files or SecretFiles(None)
        self.hide = (redactor or Redactor()).hide
        self.warnings: list[str] = []

    @cached_property
    def graphql(self) -> "PantherGraphQL":
        """The typed GraphQL client."""
        from panther_client.graphql.client import PantherGraphQL

        return PantherGraphQL(self._http)

    @cached_property
    def rest(self) -> "PantherREST":
        """The typed REST client."""
        from panther_client.rest import PantherREST

        return PantherREST(self._http)

    async def document(self, method: str, *segments: str, body: object = None) -> JsonObject:
        """Send a REST request to the path of `segments` and return the object that it answers with, as it is.

        The typed client drops what it does not know; a document that is to be put back must keep all that a newer
        Panther has in it.
        """
        path = "".join(f"/{quote(segment, safe='')}" for segment in segments)
        answer = await self._http.rest(method, path, body=body)
        try:
            found: object = from_json(answer or b"{}")
        except ValueError as error:
            raise UpstreamError("Panther's answer cannot be read: it is no JSON, or only a part of it.") from error
        if not isinstance(found, dict):
            raise UpstreamError("Panther answered with something else than an object.")
        return cast("JsonObject", found)

    def workflow(self, name: str) -> ToolFunction:
        """Return the hand-written workflow of the tool `name`."""
        return self._workflows(name)

    @property
    def partial(self) -> list[str]:
        """What Panther said of the parts that its answers so far lack; nothing where they are whole."""
        if "graphql" not in self.__dict__:
            return []
        return [bounded(str(error.get("message", error))) for error in self.graphql.partial_errors]

    def told(self) -> list[str]:
        """Return what the result does not say: warnings, and errors that came beside partial data."""
        return self.warnings + [f"Panther answered only in part: {message}" for message in self.partial]


def backoff() -> Sleeper:
    """Return a sleeper that starts at tens of milliseconds and doubles up to two seconds."""
    wait = _FIRST_WAIT_SECONDS

    async def sleep(at_most: float) -> None:
        nonlocal wait
        await asyncio.sleep(min(wait, at_most))
        wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    return sleep


async def collect(
    fetch: Callable[[str | None], Awaitable[object]],
    name: str,
    *,
    limit: int,
    path: str = "",
    fields: tuple[str, ...] = (),
) -> JsonObject:
    """Read every page of `fetch(cursor)` and return one list called `name`, of at most `limit` items.

    Where there are more, `truncated` says so.
    """
    items: list[Any] = []
    cursor: str | None = None
    while True:
        found = page(await fetch(cursor), name, path=path, fields=fields)
        items += found[name]
        following = found.get("next_cursor")
        if following is None or following == cursor or len(items) >= limit:
            break
        cursor = following
    result: JsonObject = {name: items[:limit]}
    if len(items) > limit or (following is not None and following != cursor):
        result["truncated"] = True
    return result


async def poll(
    call: Call,
    started: object,
    id_field: str,
    query: Callable[[str], Awaitable[object]],
    *,
    until: str,
    timeout: float,
    error: str | None = None,
) -> JsonObject:
    """Read a run that was started until its field `until` is true, and return it without the steering fields.

    `id_field` of `started` names the run; `error` is the field with the reason of a failed one. `timeout` is
    in seconds. Raises `DeadlineExceeded` when it passes, `UpstreamError` when the run fails.
    """
    run_id = plain(started).get(id_field)
    if not isinstance(run_id, str):
        raise UpstreamError("Panther did not say which run it started.", retryable=True)
    sleep = backoff()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    while True:
        state = plain(await query(run_id))
        if error and state.get(error):
            raise UpstreamError(f"The run {run_id} failed: {bounded(str(state[error]))}", retryable=True)
        if state.get(until):
            return {name: value for name, value in state.items() if name not in (until, error)}
        elapsed = loop.time() - begun
        if elapsed >= timeout:
            raise DeadlineExceeded(
                f"The run {run_id} did not finish within {timeout:g} s.",
                hint="It goes on in Panther. Call again with a longer timeout.",
            )
        await call.progress(elapsed, timeout, "waiting for Panther")
        await sleep(timeout - elapsed)


__all__ = [
    "Call",
    "Detail",
    "Id",
    "JsonObject",
    "Timestamp",
    "backoff",
    "collect",
    "listing",
    "page",
    "plain",
    "poll",
    "record",
]

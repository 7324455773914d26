"""What several generated tools do in the same way: read a list to its end, wait for a run."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from panther_mcp.backoff import backoff
from panther_mcp.errors import DeadlineExceeded, UpstreamError, bounded
from panther_mcp.results import JsonObject, page, plain

if TYPE_CHECKING:
    from panther_mcp.runtime import Call


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
    call: "Call",
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

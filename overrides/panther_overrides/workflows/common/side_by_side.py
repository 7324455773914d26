"""Do several things at the same time, but not too many: to the end whatever fails, or until the first failure."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeVar

import anyio
from pydantic import ValidationError

from panther_mcp.errors import PantherMcpError
from panther_mcp.tool_failures import misfit

T = TypeVar("T")


async def together(jobs: Sequence[Callable[[], Awaitable[T]]], at_once: int = 25) -> list[T | PantherMcpError]:
    """Return for each of `jobs`, in their order, its result or the error that it ended with.

    At most `at_once` of them are under way. When the call is cancelled, all jobs are, and have ended when this returns.
    """
    found: dict[int, T | PantherMcpError] = {}
    slots = asyncio.Semaphore(at_once)

    async def run(index: int, job: Callable[[], Awaitable[T]]) -> None:
        async with slots:
            try:
                found[index] = await job()
            except PantherMcpError as error:
                found[index] = error
            except ValidationError as error:
                found[index] = misfit("this server", error)

    async with anyio.create_task_group() as tasks:
        for index, job in enumerate(jobs):
            tasks.start_soon(run, index, job)
    return [found[index] for index in range(len(jobs))]


async def concurrently(work: Sequence[Coroutine[Any, Any, T]], at_once: int) -> list[T]:
    """Return the results of `work` in its order, with at most `at_once` of it under way.

    Raises the first failure, when nothing of it runs any more.
    """
    slots = asyncio.Semaphore(at_once)

    async def one(item: Coroutine[Any, Any, T]) -> T:
        async with slots:
            return await item

    tasks = [asyncio.ensure_future(one(item)) for item in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for item in work:
            # What had not begun yet would be complained about as never awaited.
            item.close()

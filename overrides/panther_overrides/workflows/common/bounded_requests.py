"""Several requests at the same time, but not too many; the first failure ends all of them."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


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

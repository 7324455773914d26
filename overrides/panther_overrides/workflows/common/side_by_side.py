"""Do several things at the same time; what fails does not take the others' results away."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio
from pydantic import ValidationError

from panther_mcp.errors import PantherMcpError
from panther_mcp.tool_failures import misfit

T = TypeVar("T")


async def together(jobs: Sequence[Callable[[], Awaitable[T]]]) -> list[T | PantherMcpError]:
    """Return for each of `jobs`, in their order, its result or the error that it ended with.

    When the call is cancelled, all jobs are, and each has ended when this returns.
    """
    found: dict[int, T | PantherMcpError] = {}

    async def run(index: int, job: Callable[[], Awaitable[T]]) -> None:
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

"""The real server, with one route more that counts its tasks. Run as a program, it serves what the environment says."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

import panther_mcp.server as building
from panther_mcp.launcher import main

_create = building.create_server


async def _tasks(_: Request) -> JSONResponse:
    return JSONResponse({"tasks": len(asyncio.all_tasks())})


def _counted(*args: Any, **settings: Any) -> Any:
    server = _create(*args, **settings)
    server.custom_route("/tasks", methods=["GET"])(_tasks)
    return server


if __name__ == "__main__":
    building.create_server = _counted
    main()

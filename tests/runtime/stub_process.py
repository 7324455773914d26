"""Serves a small real FastMCP server through the project's own start: `stub_process.py [flags]`."""
# ruff: noqa: T201 - stray prints are what it is for

import os
import sys
import types

import anyio

from panther_mcp.launcher import main
from panther_mcp.settings import Settings


def create_server(settings: Settings, **_: object) -> object:
    """Stand where panther_mcp.server stands, so that these tests depend on the start alone."""
    from panther_mcp.stdio.server import PantherServer

    print("a stray line while the server is built")
    server = PantherServer("stub")

    @server.tool
    def noisy() -> str:
        print("a stray line of a tool")
        os.write(1, b"a stray line below Python\n")
        return "done"

    @server.tool
    async def endless() -> str:
        sys.stderr.write("endless has begun\n")
        sys.stderr.flush()
        await anyio.sleep_forever()
        return "never"

    return server


stub = types.ModuleType("panther_mcp.server")
stub.__dict__["create_server"] = create_server
sys.modules["panther_mcp.server"] = stub

if __name__ == "__main__":
    main()

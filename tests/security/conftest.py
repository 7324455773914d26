"""The same embedded Panther and clients as the tests of the server."""

from ..server.conftest import Script, connect, mcp, opened, panther, script, scripted, until

__all__ = ["Script", "connect", "mcp", "opened", "panther", "script", "scripted", "until"]

"""The security suite uses the sandbox and the clients of tests/server."""

from ..server.conftest import connect, opened, panther, script, until

__all__ = ["connect", "opened", "panther", "script", "until"]

"""What the security tests share: a sandbox that they may fill with evil, and clients of servers that use it."""

from ..server.conftest import Script, connect, mcp, opened, panther, script, scripted, secrets_dir, until
from .evil import attacked, evil

__all__ = [
    "Script",
    "attacked",
    "connect",
    "evil",
    "mcp",
    "opened",
    "panther",
    "script",
    "scripted",
    "secrets_dir",
    "until",
]

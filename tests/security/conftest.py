"""What the security tests share: a sandbox that they may fill with evil, and clients of servers that use it."""

from .evil import attacked, evil

__all__ = ["attacked", "evil"]

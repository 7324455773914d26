"""An MCP server for Panther. As a library: `from panther_mcp import create_server, Settings`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from panther_mcp.server import create_server as create_server
    from panther_mcp.settings import Secret as Secret
    from panther_mcp.settings import Settings as Settings

__all__ = ["Secret", "Settings", "create_server"]
_MODULES = {"create_server": "panther_mcp.server", "Settings": "panther_mcp.settings", "Secret": "panther_mcp.settings"}


def __getattr__(name: str) -> Any:
    """Import what a library's user asks for; the command line must not pay for it before it knows what to do."""
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)

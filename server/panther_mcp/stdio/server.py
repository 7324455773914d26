"""FastMCP over streams of messages that somebody else reads and writes."""

from fastmcp import FastMCP
from fastmcp.server.context import reset_transport, set_transport

from panther_mcp.stdio.transport import Incoming, Outgoing


class PantherServer(FastMCP):
    """FastMCP that can also be run over the streams of `transport.py`."""

    async def run_over(self, incoming: Incoming, outgoing: Outgoing) -> None:
        """Serve the one client behind the streams until `incoming` ends, as on stdio. Closes both."""
        # What FastMCP.run_stdio_async does with the streams of the MCP library's stdio transport.
        token = set_transport("stdio")
        try:
            async with self._lifespan_manager():
                await self._mcp_server.run(incoming, outgoing, self._mcp_server.create_initialization_options())
        finally:
            reset_transport(token)

"""MCP over stdin and stdout: one client, whose messages are read and written by the event loop itself."""

"""panther-mcp: an MCP server for Panther. Imports nothing, so that any part of it can be imported alone."""

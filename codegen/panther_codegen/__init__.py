"""Render Panther's schema and the tool manifest into the typed client, the MCP tools and their catalog."""

"""`panther-mcp doctor`: whether this server can work with this Panther, and what to do where it cannot."""

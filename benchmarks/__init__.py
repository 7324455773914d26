"""Measurements against mcp-panther 2.4.0, each as a ratio within one run; `nox -s bench` runs them."""

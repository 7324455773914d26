"""Lets `python -m panther_mcp` do what the `panther-mcp` command does."""

from panther_mcp.launcher import main

if __name__ == "__main__":
    main()

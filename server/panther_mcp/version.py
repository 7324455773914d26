"""The version of the installed panther-mcp; imports nothing heavy."""

from importlib import metadata


def package_version() -> str:
    """Return the version of the installed distribution, "0+unknown" in a tree that is not installed."""
    try:
        return metadata.version("panther-mcp")
    except metadata.PackageNotFoundError:
        return "0+unknown"

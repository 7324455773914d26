"""This installation: its version, and the command that starts it."""

import os
import shutil
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def package_version() -> str:
    """Return the version of the installed distribution, or `0+unknown` when run from bare files."""
    try:
        return version("panther-mcp")
    except PackageNotFoundError:
        return "0+unknown"


def installed_command() -> tuple[str, ...]:
    """Return how to start this very installation: desktop clients know little of a user's PATH."""
    found = shutil.which(sys.argv[0]) or shutil.which("panther-mcp")
    if found and os.path.basename(found).startswith("panther-mcp"):
        return (os.path.abspath(found),)
    return (sys.executable, "-m", "panther_mcp")

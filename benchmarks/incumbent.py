"""The server to compare with: mcp-panther 2.4.0 from PyPI, in an environment of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

VERSION = "2.4.0"
# It needs Python 3.12.
_PYTHONS = ("python3.13", "python3.12")


def installed(folder: Path) -> list[str]:
    """Return the command that starts the incumbent, installed into `folder` if it is not there yet.

    Raises `SystemExit` where no suitable Python is on the PATH.
    """
    command = folder / "bin" / "mcp-panther"
    if not command.exists():
        python = sys.executable if sys.version_info >= (3, 12) else _newer_python()
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"mcp-panther=={VERSION}"], check=True)
    return [str(command)]


def _newer_python() -> str:
    for name in _PYTHONS:
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
            return path
    sys.exit(f"mcp-panther {VERSION} needs Python 3.12 or newer on the PATH; none was found.")

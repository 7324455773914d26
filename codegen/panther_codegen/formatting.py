"""Bring generated Python into one form with the pinned ruff, so that it reads well and compares byte by byte."""

import subprocess
import sys
import tempfile
from pathlib import Path

from panther_codegen.render import HEADER, Files

_RUFF = (sys.executable, "-m", "ruff")
_OPTIONS = ("--isolated", "--quiet", "--no-cache", "--target-version=py311", "--line-length=120")


def formatted(files: Files) -> Files:
    """Return `files` with the header, sorted imports and one style; other files than Python stay as they are."""
    python = {path: text for path, text in files.items() if path.suffix == ".py"}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for path, text in python.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(HEADER + text, encoding="utf-8")
        # Unused imports, sorted imports, and the modern spelling of Optional and Union.
        _run("check", "--fix-only", "--unsafe-fixes", "--select=F401,I,UP", *_OPTIONS, str(root))
        _run("format", *_OPTIONS, str(root))
        done = {path: (root / path).read_text(encoding="utf-8") for path in python}
    return {**files, **done}


def _run(*arguments: str) -> None:
    subprocess.run((*_RUFF, *arguments), check=True, capture_output=True, text=True)  # noqa: S603 - our own words

"""What the tests of the code generator share: scratch projects, stand-in overrides, golden texts, subprocesses."""

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from panther_codegen.generate import generate
from panther_codegen.problems import GenerationFailed
from panther_codegen.project import Project
from panther_overrides.model import ToolOverride, ToolsetOverrides

HERE = Path(__file__).parent
REPO = HERE.parents[1]
API = HERE / "api"
UPDATE = "pytest tests/codegen --update-golden"


def project_of(root: Path, *layers: Path) -> Project:
    """Return a project in `root` with the `schema/` of each of `layers`, a later one over the earlier."""
    for layer in layers:
        shutil.copytree(layer / "schema", root / "schema", dirs_exist_ok=True)
    return Project(root)


def documented(catalog: Mapping[str, Any]) -> dict[str, ToolsetOverrides]:
    """Return overrides that say something about every tool and parameter of `catalog`."""
    return {
        toolset: {
            tool["name"]: ToolOverride(
                description=f"What {tool['name']} is for.",
                params={name: f"What {name} means." for name in tool["input_schema"]["properties"]},
            )
            for tool in catalog["tools"]
            if tool["toolset"] == toolset
        }
        for toolset in catalog["toolsets"]
    }


def problems_of(project: Project) -> str:
    """Return the text of everything that is wrong with `project`; empty if it generates."""
    try:
        generate(project, documented)
    except GenerationFailed as error:
        return f"{error}\n"
    return ""


@dataclass(frozen=True)
class Golden:
    """Compares texts with files that are checked in; with --update-golden it writes the files instead."""

    update: bool

    def check(self, path: Path, actual: str) -> None:
        if self.update:
            path.write_text(actual, encoding="utf-8", newline="\n")
            return
        expected = path.read_text(encoding="utf-8")
        if actual != expected:
            name = path.relative_to(REPO).as_posix()
            lines = difflib.unified_diff(
                expected.splitlines(keepends=True), actual.splitlines(keepends=True), name, f"{name} (now)"
            )
            pytest.fail(f"{''.join(lines)}\nIf this is what you want: {UPDATE}", pytrace=False)


def panther_codegen(*arguments: str | Path, tree: Path = REPO, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m panther_codegen` in a process of its own, with the modules of `tree`."""
    return subprocess.run(
        [sys.executable, "-m", "panther_codegen", *map(str, arguments)],
        env={**os.environ, **paths_of(tree), "TERM": "dumb", "COLUMNS": "200", **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def paths_of(tree: Path) -> dict[str, str]:
    """Return the variable that makes a process import from `tree`.

    Only a copy shadows what is installed: on the repository itself, the wheel under test has to win.
    """
    roots = ("codegen",) if tree == REPO else ("codegen", "generated", "overrides", "server")
    return {"PYTHONPATH": os.pathsep.join(str(tree / root) for root in roots)}


def copied(root: Path, *folders: str) -> Path:
    """Copy `folders` of the repository into `root` and return it."""
    for folder in folders:
        shutil.copytree(REPO / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def replaced(path: Path, old: str, new: str) -> None:
    """Replace the one occurrence of `old` in the file at `path`."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} holds {text.count(old)} of {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def tree_of(root: Path) -> dict[str, bytes]:
    """Return every file below `root`, by its path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }

"""Finds the files of a folder, `<database>/<schema>/<table>.ndjson` or `.parquet`, and refuses everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from panther_sandbox.errors import LakeFilesError
from panther_sandbox.lake.catalog import DATABASES

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_SUFFIXES = (".ndjson", ".parquet")


@dataclass(frozen=True)
class LakeFile:
    """A file and the table it becomes."""

    path: Path
    database: str
    table: str


def find_files(folder: Path) -> list[LakeFile]:
    """Return the files by path; raise LakeFilesError when there is none, or one that names no table."""
    if not folder.is_dir():
        raise LakeFilesError(f"{folder}: is not a folder")
    found: dict[tuple[str, str], LakeFile] = {}
    for database in _entries(folder, folder):
        _expect_folder(database)
        if database.name.lower() not in DATABASES:
            raise LakeFilesError(f"{database}: is no database of the lake; there are {', '.join(DATABASES)}")
        for schema in _entries(database, folder):
            _expect_folder(schema)
            if schema.name.lower() != "public":
                raise LakeFilesError(f"{schema}: is no schema of the lake; there is only public")
            for path in _entries(schema, folder):
                file = _lake_file(path, database.name.lower())
                key = (file.database, file.table)
                if key in found:
                    raise LakeFilesError(f"{path}: {found[key].path.name} holds the same table already")
                found[key] = file
    if not found:
        raise LakeFilesError(f"{folder}: holds no <database>/<schema>/<table>.ndjson or .parquet")
    return list(found.values())


def _entries(folder: Path, root: Path) -> Iterator[Path]:
    """List a folder by name without hidden files; a link could lead out of the folder, so there must be none."""
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise LakeFilesError(f"{path}: is a symbolic link; only files that are in {root} themselves are loaded")
        if not path.name.startswith("."):
            yield path


def _expect_folder(path: Path) -> None:
    if not path.is_dir():
        raise LakeFilesError(f"{path}: is not a folder; tables are named <database>/<schema>/<table>.ndjson")


def _lake_file(path: Path, database: str) -> LakeFile:
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise LakeFilesError(f"{path}: is neither a .ndjson nor a .parquet file")
    if not _NAME.fullmatch(path.stem):
        raise LakeFilesError(f"{path}: a table's name has letters, digits and _ only, and starts with no digit")
    return LakeFile(path, database, path.stem.lower())

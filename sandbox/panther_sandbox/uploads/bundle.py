"""Opens a bundle: base64, then a zip, whose files are read within bounds and never written anywhere."""

from __future__ import annotations

import base64
import binascii
import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from panther_sandbox.errors import InvalidInputError

_MOST_FILES = 5_000
_MOST_BYTES = 50_000_000
_MOST_FILE_BYTES = 5_000_000


def read_bundle(data: str) -> Mapping[str, str]:
    """Return the YAML and Python files of a bundle by path; raise InvalidInputError."""
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInputError("data is not valid base64") from None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _files(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        raise InvalidInputError(f"data is not a valid zip file: {error}") from None


def _files(archive: zipfile.ZipFile) -> Mapping[str, str]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_FILES:
        raise InvalidInputError(f"the zip file holds more than {_MOST_FILES} files")
    files: dict[str, str] = {}
    left = _MOST_BYTES
    for member in members:
        path = _checked_path(member.filename)
        if path.suffix not in (".yml", ".yaml", ".py"):
            continue
        if str(path) in files:
            raise InvalidInputError(f"the zip file holds {path} twice")
        # What the archive says of a file's size is not to be trusted: no more than this is ever unpacked.
        with archive.open(member) as file:
            content = file.read(min(_MOST_FILE_BYTES, left) + 1)
        left -= len(content)
        if len(content) > _MOST_FILE_BYTES or left < 0:
            raise InvalidInputError(f"the zip file is too large when unpacked: {path}")
        try:
            files[str(path)] = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInputError(f"{path} is not UTF-8") from None
    return files


def _checked_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise InvalidInputError(f"the zip file holds a path that leads outside: {name!r}")
    return path

"""Where secrets that Panther tells only once are kept: files that nobody but their owner can read.

A new API token's value must not pass through a model's context. Its file is opened and given its room on the disk
before the token is made, so that no value is lost because it could not be written.
"""

import os
import re
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from panther_mcp.errors import BlockedByPolicy, InternalError

_ROOM: Final = 4_096
_LONGEST_LABEL: Final = 60
_SET_IT: Final = "Set PANTHER_MCP_SECRETS_DIR to a folder that only you can read, and restart the server."
# Windows has no such modes: there, a folder below the user's own is closed to others.
_HAS_MODES: Final = os.name != "nt"


def default_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder below the user's state folder, or None where `environment` (as `os.environ`) names no home."""
    given = environment.get("LOCALAPPDATA" if os.name == "nt" else "XDG_STATE_HOME", "")
    if given and Path(given).is_absolute():
        state = Path(given)
    elif home := environment.get("USERPROFILE" if os.name == "nt" else "HOME", ""):
        state = Path(home) / ".local" / "state"
    else:
        return None
    return state / "panther-mcp" / "secrets"


class SecretFile:
    """A new, empty file with room for a secret; `path` is where it is."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.written = False
        self._descriptor = descriptor

    def write(self, secret: str) -> str:
        """Write `secret` as the only line of the file, and return the file's path.

        Raises `InternalError` when that fails in spite of the room that was made: the secret is lost then.
        """
        content = f"{secret}\n".encode()
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            while content:
                content = content[os.write(self._descriptor, content) :]
            os.ftruncate(self._descriptor, os.lseek(self._descriptor, 0, os.SEEK_CUR))
            os.fsync(self._descriptor)
        except OSError as error:
            raise InternalError(
                f"The secret was made, but {self.path} could not be written: {error.strerror}.",
                hint="The value is lost: mend the disk, then rotate the token or set the secret anew.",
            ) from error
        self.written = True
        return str(self.path)


class SecretFiles:
    """Makes files for secrets in one folder (mode 0700), each new and readable by its owner only (0600)."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @contextmanager
    def reserved(self, label: str) -> Generator[SecretFile]:
        """Give a file for a secret, named after `label`; it is removed again unless it was written.

        Raises `BlockedByPolicy` when there is no folder that can be used.
        """
        file = self._new(label)
        try:
            yield file
        finally:
            os.close(file._descriptor)  # pyright: ignore[reportPrivateUsage]  # it is ours to close
            if not file.written:
                with suppress(FileNotFoundError):
                    file.path.unlink()

    def _new(self, label: str) -> SecretFile:
        folder = self._folder
        if folder is None:
            raise _refused("This server has no folder for secrets, and a new secret cannot be shown here.", _SET_IT)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_closed(folder)
            path = folder / _name(label)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise _refused(
                f"The folder for secrets, {folder}, cannot be written: {error.strerror}.", _SET_IT
            ) from error
        try:
            os.write(descriptor, b" " * _ROOM)
            os.fsync(descriptor)
        except OSError as error:
            os.close(descriptor)
            path.unlink()
            raise _refused(f"There is no room for a secret in {folder}: {error.strerror}.", _SET_IT) from error
        return SecretFile(path, descriptor)


def _check_closed(folder: Path) -> None:
    """Refuse a folder that others can look into: what it holds opens Panther."""
    found = folder.stat()
    if _HAS_MODES and (found.st_mode & 0o077 or found.st_uid != os.geteuid()):
        raise _refused(f"The folder for secrets, {folder}, is open to others.", f"Close it (chmod 700 {folder}).")


def _name(label: str) -> str:
    # Labels are chosen by users and models: nothing of them but letters and digits gets into a path.
    readable = re.sub(r"[^a-z0-9]+", "-", label[: _LONGEST_LABEL * 4].lower()).strip("-")[:_LONGEST_LABEL]
    return f"{readable or 'secret'}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}.txt"


def _refused(message: str, hint: str) -> BlockedByPolicy:
    return BlockedByPolicy(f"{message} Nothing was changed.", hint=hint, details={"rule": "secret_files"})

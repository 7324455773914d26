"""The files of an audit log on disk: their names, their rights, the lock, and the head that tells its end.

A log of the path `audit.jsonl` goes on in `audit.2.jsonl`, `audit.3.jsonl` and so on. No file is ever renamed,
rewritten or deleted, so all of them may carry the file system's append-only attribute. Beside them stands
`audit.jsonl.head`: which file is the last, how long it is, and the number and hash of its last line. It is written
after each line, and it is what processes lock while they write.
"""

import contextlib
import json
import os
import re
import stat
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from panther_mcp.audit.lines import Place

_HEAD_BYTES: Final = 256
# Beyond the end of the head, so that where locks are mandatory (Windows) it can still be read.
_LOCK_OFFSET: Final = 1 << 20
_LOCK_WAIT_SECONDS: Final = 5.0
_FLAGS: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: the number of its last file, that file's length in bytes, the place of its last line."""

    file: int = 1
    size: int = 0
    place: Place = field(default_factory=Place)


@dataclass(frozen=True, slots=True)
class LogPath:
    """The path of a log's first file, and from it all the others."""

    first: Path

    def file(self, number: int) -> Path:
        """Return the path of the file with this number; the first is 1."""
        return self.first if number == 1 else self.first.with_name(f"{self.first.stem}.{number}{self.first.suffix}")

    @property
    def head(self) -> Path:
        """The path of the head."""
        return self.first.with_name(f"{self.first.name}.head")

    def numbers(self) -> list[int]:
        """Return the numbers of the files that there are, in order."""
        pattern = re.compile(rf"{re.escape(self.first.stem)}\.([1-9][0-9]*){re.escape(self.first.suffix)}")
        found = [1] if self.first.exists() else []
        if self.first.parent.is_dir():
            matches = (pattern.fullmatch(path.name) for path in self.first.parent.iterdir())
            found += [int(match[1]) for match in matches if match]
        return sorted(found)


def open_private(path: Path, flags: int) -> int:
    """Open a file of ours and return its descriptor; a new one is readable and writable by its owner alone.

    Raises `OSError` where it cannot be opened, is no plain file, or belongs to somebody else.
    """
    descriptor = os.open(path, flags | _FLAGS, 0o600)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OSError(f"{path} is no plain file")
        if sys.platform != "win32":
            if state.st_uid != os.geteuid():
                raise OSError(f"{path} belongs to another user")
            if stat.S_IMODE(state.st_mode) & 0o077 and flags & (os.O_WRONLY | os.O_RDWR):
                os.fchmod(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.contextmanager
def locked(descriptor: int) -> Generator[None]:
    """Hold the lock of the log, which other processes and threads wait for. Raises `OSError` after five seconds."""
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while not _try_lock(descriptor):
        if time.monotonic() > deadline:
            raise OSError(f"another process has held its lock for {_LOCK_WAIT_SECONDS:g} s")
        time.sleep(0.005)
    try:
        yield
    finally:
        _unlock(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCK_OFFSET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        # Not lockf: its locks belong to the process, and would let two of our threads in at once.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def read_head(descriptor: int) -> Head | None:
    """Return the head in an open file, or None where there is none, or nothing that one could have been."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        found: object = json.loads(os.read(descriptor, _HEAD_BYTES))
    except ValueError:
        return None
    values: Mapping[str, Any] = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    numbers = [values.get(name) for name in ("file", "size", "seq")]
    hashed = values.get("hash")
    if not all(isinstance(number, int) and number >= 0 for number in numbers) or not isinstance(hashed, str):
        return None
    file, size, seq = cast("list[int]", numbers)
    return Head(file, size, Place(seq, hashed)) if file and len(hashed) == 64 else None


def write_head(descriptor: int, head: Head, *, durable: bool) -> None:
    """Write the head into an open file, in one piece and in place; `durable`: onto the disk itself."""
    values = {"file": head.file, "size": head.size, "seq": head.place.seq, "hash": head.place.hash}
    text = json.dumps(values).encode().ljust(_HEAD_BYTES - 1) + b"\n"
    os.lseek(descriptor, 0, os.SEEK_SET)
    if os.write(descriptor, text) != len(text):
        raise OSError("its head could not be written whole")
    if durable:
        os.fsync(descriptor)

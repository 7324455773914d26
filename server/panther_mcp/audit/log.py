"""Append lines to the audit log: chained, on disk before the call goes on, from several processes at once."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from panther_mcp.audit.files import Head, LogPath, locked, open_private, read_head, write_head
from panther_mcp.audit.lines import BrokenLine, Place, digest, follows, opened, sealed

FILE_BYTES: Final = 16 << 20


class AuditLog:
    """The log at `path`. Nothing is opened or created before the first line.

    A file that has reached `file_bytes` is left as it is, and the chain goes on in the next one.
    """

    def __init__(self, path: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self.path = LogPath(path)
        self._file_bytes = file_bytes

    def append(self, body: Mapping[str, Any], *, durable: bool) -> Place:
        """Write a line and return its place in the chain; `durable`: it is on the disk itself when this returns.

        Raises `OSError` where it cannot be written.
        """
        _make_folder(self.path.first.parent)
        descriptor = open_private(self.path.head, os.O_RDWR | os.O_CREAT)
        try:
            with locked(descriptor):
                head = self._settled(descriptor)
                line, place = sealed(body, head.place)
                if head.size >= self._file_bytes:
                    head = Head(head.file + 1, 0, head.place)
                size = self._write(head.file, line, durable=durable)
                write_head(descriptor, Head(head.file, size, place), durable=durable)
                return place
        finally:
            os.close(descriptor)

    def _settled(self, descriptor: int) -> Head:
        """Return where the chain goes on.

        A process may have died between a line and its head, or within a line. Whatever else the files hold is not
        ours: the chain goes on from the head, so that what was removed or added shows for ever.
        """
        head = read_head(descriptor)
        if head is None:
            return self._without_head(descriptor)
        if self._size(head.file) <= head.size and self._size(head.file + 1):
            head = Head(head.file + 1, 0, head.place)
        beyond = self._read(head.file, head.size)
        if not beyond:
            return Head(head.file, self._size(head.file), head.place)
        if adopted := _next_line(beyond, head.place):
            size = head.size + len(beyond) if beyond.endswith(b"\n") else self._write(head.file, b"\n", durable=True)
            head = Head(head.file, size, adopted)
            write_head(descriptor, head, durable=True)
            return head
        end = self._size(head.file)
        if b"\n" in beyond:
            return Head(head.file, end, head.place)
        line, place = sealed({"event": "torn_line", "sha256": digest(beyond)}, head.place)
        head = Head(head.file, self._write(head.file, b"\n" + line, durable=True), place)
        write_head(descriptor, head, durable=True)
        return head

    def _without_head(self, descriptor: int) -> Head:
        """Return where a chain goes on whose head is lost: after its last line, with a note that this happened."""
        numbers = self.path.numbers()
        if not numbers:
            return Head()
        found = self._read(numbers[-1], 0)
        *_, last = [b"", *found.splitlines()]
        try:
            body = opened(last)
            place = Place(body["seq"], body["hash"])
        except BrokenLine:
            place = Place()
        if place.seq == 1 and numbers == [1]:
            return Head(1, len(found), place)  # the process that wrote the first line died before it wrote the head
        line, noted = sealed({"event": "head_lost"}, place)
        if found and not found.endswith(b"\n"):
            line = b"\n" + line
        head = Head(numbers[-1], self._write(numbers[-1], line, durable=True), noted)
        write_head(descriptor, head, durable=True)
        return head

    def _size(self, number: int) -> int:
        try:
            return self.path.file(number).stat().st_size
        except FileNotFoundError:
            return 0

    def _read(self, number: int, start: int) -> bytes:
        if self._size(number) <= start:
            return b""
        with os.fdopen(open_private(self.path.file(number), os.O_RDONLY), "rb") as file:
            file.seek(start)
            return file.read()

    def _write(self, number: int, text: bytes, *, durable: bool) -> int:
        """Append `text` to a file and return how long that is then."""
        path = self.path.file(number)
        new = not path.exists()
        descriptor = open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            rest = memoryview(text)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if durable:
                os.fsync(descriptor)
                if new:
                    _sync_folder(path.parent)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)


def _next_line(text: bytes, after: Place) -> Place | None:
    """Return the place of the one line in `text`, if it is one and follows `after`; its line end may be missing."""
    try:
        return follows(opened(text.removesuffix(b"\n")), after)
    except BrokenLine:
        return None


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


def _sync_folder(folder: Path) -> None:
    """Put the name of a new file onto the disk. Windows has no such thing."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Check an audit log: is every line as it was written, does each follow the one before, is the end there?"""

import os
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from panther_mcp.audit.files import Head, LogPath, locked, open_private, read_head
from panther_mcp.audit.lines import BrokenLine, Place, digest, follows, opened


class BrokenLog(Exception):  # noqa: N818 - what it says is that a log is broken
    """A log does not verify: `file` and `line` (from 1; 0: the file as a whole) are where, the message is why."""

    def __init__(self, file: Path, line: int, why: str) -> None:
        super().__init__(f"{file}{f', line {line}' if line else ''}: {why}.")
        self.file, self.line, self.why = file, line, why


@dataclass
class Verified:
    """What a log that verifies holds: its lines, its last place, and what a person may want to know beside."""

    lines: int = 0
    files: int = 0
    end: Place = field(default_factory=Place)
    hashes: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


Visitor = Callable[[dict[str, Any]], None]


def _nothing(_: dict[str, Any]) -> None:
    pass


@dataclass(frozen=True)
class _Snapshot:
    head: Head | None
    # Number and length of each file, at a moment when nobody was writing.
    files: tuple[tuple[int, int], ...]


def verify(path: Path, *, anchor: str | None = None, visit: Visitor = _nothing) -> Verified:
    """Check the log at `path`, from its first line to its end, and return what it holds.

    `path` is the first file of the log, and all are checked; or a later one (`audit.3.jsonl`), which is checked
    alone: that it follows the one before it is taken on trust. `anchor` is a hash that was noted elsewhere, and
    must be that of one of the lines. `visit` is given what each line holds. Raises `BrokenLog` at the first thing
    that is wrong, and `OSError` where a file cannot be read.
    """
    if alone := _numbered(path):
        return _verify_alone(path, alone, anchor, visit)
    log = LogPath(path)
    snapshot = _snapshot(log)
    found = Verified()
    size = start = 0
    for expected, (number, size) in enumerate(snapshot.files, 1):
        if number != expected:
            raise BrokenLog(log.file(expected), 0, "this file is missing, and later ones are there")
        start = _verify_file(log.file(number), size, found, visit)
        if start != size and number != snapshot.files[-1][0]:
            raise BrokenLog(log.file(number), 0, "its last line is not complete")
    _check_end(log, snapshot, found, whole=start == size)
    _check_anchor(path, found, anchor)
    return found


def _verify_alone(path: Path, log: LogPath, anchor: str | None, visit: Visitor) -> Verified:
    found = Verified()
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.readline().removesuffix(b"\n")
    try:
        body = opened(first)
    except BrokenLine as problem:
        raise BrokenLog(path, 1, str(problem)) from problem
    found.end = Place(body["seq"] - 1, body["prev"])
    if _verify_file(path, size, found, visit) != size:
        raise BrokenLog(path, found.lines + 1, "the line is not complete")
    found.notes.append(f"This file alone was checked, from line number {body['seq']} on; give {log.first} for all.")
    _check_anchor(path, found, anchor)
    return found


def _numbered(path: Path) -> LogPath | None:
    """Return the log that `path` is a later file of, or None where it is a first file."""
    stem, _, number = path.stem.rpartition(".")
    if stem and number.isdigit() and not LogPath(path).head.exists():
        log = LogPath(path.with_name(f"{stem}{path.suffix}"))
        if log.file(int(number)) == path:
            return log
    return None


def _snapshot(log: LogPath) -> _Snapshot:
    def files() -> tuple[tuple[int, int], ...]:
        return tuple((number, log.file(number).stat().st_size) for number in log.numbers())

    try:
        descriptor = open_private(log.head, os.O_RDONLY)
    except FileNotFoundError:
        return _Snapshot(None, files())
    try:
        with locked(descriptor):
            return _Snapshot(read_head(descriptor), files())
    finally:
        os.close(descriptor)


def _verify_file(path: Path, size: int, found: Verified, visit: Visitor) -> int:
    """Check the lines in the first `size` bytes of a file that go on from `found`; return where the last one ends."""
    found.files += 1
    end = torn_at = 0
    torn: bytes | None = None
    for number, raw in enumerate(_lines(path, size), 1):
        if not raw.endswith(b"\n"):
            break  # whether it should be there is a question of the head
        line = raw[:-1]
        try:
            body = opened(line)
            place = follows(body, found.end)
        except BrokenLine as problem:
            if torn is not None:
                raise BrokenLog(path, torn_at, "it is no JSON") from problem
            if str(problem) != "it is no JSON":
                raise BrokenLog(path, number, str(problem)) from problem
            torn, torn_at = line, number
            continue
        if torn is not None:
            if body.get("event") != "torn_line" or body.get("sha256") != digest(torn):
                raise BrokenLog(path, torn_at, "it is no JSON")
            found.notes.append(
                f"{path}, line {torn_at}: a process died while it wrote this line; the next one says so."
            )
            torn = None
        if body.get("event") == "head_lost":
            raise BrokenLog(path, number, "the head was missing when this was written; lines before it may be, too")
        found.lines, found.end, end = found.lines + 1, place, end + len(raw)
        found.hashes.append(place.hash)
        visit(body)
    if torn is not None:
        raise BrokenLog(path, torn_at, "it is no JSON")
    return end


def _lines(path: Path, size: int) -> Generator[bytes]:
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        while size > 0 and (line := file.readline(size)):
            size -= len(line)
            yield line


def _check_end(log: LogPath, snapshot: _Snapshot, found: Verified, *, whole: bool) -> None:
    head, last = snapshot.head, log.file(max(found.files, 1))
    if head is None:
        if found.lines > 1:
            raise BrokenLog(log.head, 0, "this file is missing or unreadable, so lines may be missing at the end")
        return
    if head.place.seq > found.end.seq:
        raise BrokenLog(
            last,
            0,
            f"lines were cut off at the end: number {head.place.seq} was written, {found.end.seq} is the last one here",
        )
    if found.end.seq > head.place.seq + 1:
        raise BrokenLog(log.head, 0, f"it tells of {head.place.seq} lines, and there are {found.end.seq}")
    known = found.hashes[head.place.seq - 1] if head.place.seq else Place().hash
    if head.place.hash != known:
        raise BrokenLog(log.head, 0, f"line number {head.place.seq} is another one than was written")
    if found.end.seq == head.place.seq + 1 or not whole:
        found.notes.append("A process died while it wrote the last line.")


def _check_anchor(path: Path, found: Verified, anchor: str | None) -> None:
    if anchor and anchor not in found.hashes:
        raise BrokenLog(path, 0, "no line has the hash that was noted elsewhere: the log was written anew or cut off")

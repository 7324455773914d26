"""The chain over several files, and copies of them: what is removed, swapped or replaced by an older one shows."""

import pytest

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.verify import verify

from .audit_chain import broken, filled, path

__all__ = ["path"]


def test_an_older_copy_of_the_log_shows(path):
    log = filled(path, 3)
    older = path.read_bytes()
    log.append({"event": "call"}, durable=True)
    path.write_bytes(older)
    assert "cut off" in str(broken(path))


def test_an_older_head_shows(path):
    log = filled(path, 3)
    older = LogPath(path).head.read_bytes()
    for _ in range(2):
        log.append({"event": "call"}, durable=True)
    LogPath(path).head.write_bytes(older)
    assert "it tells of 3 lines, and there are 5" in str(broken(path))


def test_the_log_of_another_shows(path, tmp_path):
    filled(path)
    other = tmp_path / "other.jsonl"
    AuditLog(other).append({"event": "call", "id": "elsewhere"}, durable=True)
    for number in range(5):
        AuditLog(other).append({"event": "call", "id": f"c{number}"}, durable=True)
    path.write_bytes(other.read_bytes())
    assert "another one than was written" in str(broken(path))


def test_a_log_written_anew_shows_only_against_a_noted_hash(path):
    """What a chain without a key cannot show by itself: docs/security.md says so."""
    filled(path)
    noted = verify(path).end.hash
    for file in (path, LogPath(path).head):
        file.unlink()
    filled(path, 5)
    assert verify(path).lines == 5
    assert "written anew" in str(broken(path, anchor=noted))


def test_a_log_goes_on_over_files_and_none_is_removed(path):
    filled(path, 20, file_bytes=600)
    numbers = LogPath(path).numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 4
    assert [file.name for file in map(LogPath(path).file, numbers[:3])] == [
        "audit.jsonl",
        "audit.2.jsonl",
        "audit.3.jsonl",
    ]
    found = verify(path)
    assert (found.lines, found.files) == (20, len(numbers))
    alone = verify(LogPath(path).file(3))
    assert 0 < alone.lines < 20
    assert "This file alone" in alone.notes[0]


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_missing_file_shows(path, number):
    filled(path, 20, file_bytes=600)
    numbers = LogPath(path).numbers()
    gone = LogPath(path).file(numbers[-1] if number == 5 else number)
    gone.unlink()
    problem = broken(path)
    assert problem.file == gone or "cut off at the end" in str(problem)


def test_swapped_files_show(path):
    filled(path, 20, file_bytes=600)
    one, other = LogPath(path).file(2), LogPath(path).file(3)
    texts = one.read_bytes(), other.read_bytes()
    other.write_bytes(texts[0])
    one.write_bytes(texts[1])
    assert (broken(path).file, broken(path).line) == (one, 1)


def test_a_part_of_a_line_at_the_end_of_an_earlier_file_shows(path):
    filled(path, 20, file_bytes=600)
    with LogPath(path).file(2).open("ab") as file:
        file.write(b'{"planted"')
    assert (broken(path).file, "not complete" in str(broken(path))) == (LogPath(path).file(2), True)


def test_an_altered_line_of_a_file_checked_alone_shows(path):
    filled(path, 20, file_bytes=600)
    file = LogPath(path).file(3)
    file.write_bytes(file.read_bytes().replace(b'"tool":"t"', b'"tool":"u"'))
    assert (broken(file).file, broken(file).line) == (file, 1)

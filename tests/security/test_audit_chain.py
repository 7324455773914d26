"""Whatever is done to the lines of an audit log shows, and says where."""

import itertools
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.lines import FIRST, canonical, digest
from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.verify import BrokenLog, verify


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "audit.jsonl"


def filled(path, lines=6, **options):
    log = AuditLog(path, **options)
    for number in range(lines):
        log.append({"event": "call", "id": f"c{number}", "tool": "t"}, durable=number % 2 == 0)
    return log


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def broken(path, **options):
    with pytest.raises(BrokenLog) as caught:
        verify(path, **options)
    return caught.value


def test_a_log_verifies_and_the_chain_can_be_checked_by_hand(path):
    filled(path)
    bodies = []
    found = verify(path, visit=bodies.append)
    assert (found.lines, found.files, found.notes) == (6, 1, [])
    before = FIRST
    for number, line in enumerate(lines_of(path), 1):
        body = json.loads(line)
        assert (body["seq"], body["prev"]) == (number, before)
        before = body.pop("hash")
        assert before == digest(json.dumps(body, sort_keys=True, separators=(",", ":")).encode())
    assert found.end.hash == before == bodies[-1]["hash"]
    assert verify(path, anchor=bodies[2]["hash"]).lines == 6


def test_an_empty_log_and_none_verify(path):
    assert verify(path).lines == 0
    path.parent.mkdir()
    path.touch()
    assert verify(path).lines == 0


def test_the_files_are_for_their_owner_alone(path):
    umask = os.umask(0)
    try:
        filled(path)
    finally:
        os.umask(umask)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file


def test_rights_that_were_widened_are_narrowed(path):
    log = filled(path)
    path.chmod(0o644)
    log.append({"event": "call"}, durable=True)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("number", range(1, 6))
def test_a_removed_line_shows(path, number):
    filled(path)
    lines = lines_of(path)
    del lines[number - 1]
    path.write_bytes(b"".join(lines))
    problem = broken(path)
    assert (problem.file, problem.line) == (path, number)
    assert f"number {number} is expected here, and it has {number + 1}" in str(problem)


@pytest.mark.parametrize("number", range(1, 7))
def test_an_altered_line_shows(path, number):
    filled(path)
    lines = lines_of(path)
    lines[number - 1] = lines[number - 1].replace(b'"tool":"t"', b'"tool":"u"')
    path.write_bytes(b"".join(lines))
    problem = broken(path)
    assert (problem.line, "its hash does not fit" in str(problem)) == (number, True)


@pytest.mark.parametrize("number", range(1, 7))
def test_an_altered_line_with_a_new_hash_shows(path, number):
    filled(path)
    lines = lines_of(path)
    body = json.loads(lines[number - 1]) | {"tool": "u"}
    del body["hash"]
    lines[number - 1] = canonical(body | {"hash": digest(canonical(body))}) + b"\n"
    path.write_bytes(b"".join(lines))
    problem = broken(path)
    # The next line holds the old hash; the last line's hash stands in the head.
    assert problem.line == (number + 1 if number < 6 else 0)
    assert problem.file == (path if number < 6 else LogPath(path).head)


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(b'"tool":"t"', b'"tool": "t"'),
        lambda line: line.replace(b'"tool":"t"', b'"tool":"x","tool":"t"'),
        lambda line: line.replace(b'"tool":"t"', b'"tool":"\\u0074"'),
        lambda line: line.replace(b"{", b"{ ", 1),
        lambda line: line.replace(b"\n", b"\r\n"),
        lambda line: b"\xef\xbb\xbf" + line,
        lambda line: b"[" + line[:-1] + b"]\n",
        lambda line: b"\n",
        lambda line: b"null\n",
        lambda line: b'{"seq":3}\n',
        lambda line: b'{"seq":NaN}\n',
        lambda line: b"\xff\xfe\n",
    ],
)
def test_another_spelling_of_a_line_shows(path, change):
    filled(path)
    lines = lines_of(path)
    lines[2] = change(lines[2])
    path.write_bytes(b"".join(lines))
    assert broken(path).line == 3


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(range(6), 2)))
def test_reordered_lines_show(path, one, other):
    filled(path)
    lines = lines_of(path)
    lines[one], lines[other] = lines[other], lines[one]
    path.write_bytes(b"".join(lines))
    assert broken(path).line == one + 1


@pytest.mark.parametrize("at", range(7))
def test_an_inserted_line_shows(path, at):
    filled(path)
    lines = lines_of(path)
    lines.insert(at, lines[3])
    path.write_bytes(b"".join(lines))
    assert 0 < broken(path).line <= at + 2


@pytest.mark.parametrize("left", range(6))
def test_lines_cut_off_at_the_end_show(path, left):
    filled(path)
    path.write_bytes(b"".join(lines_of(path)[:left]))
    assert f"number 6 was written, {left} is the last one here" in str(broken(path))


@pytest.mark.parametrize("cut", [1, 2, 50])
def test_a_part_of_the_last_line_cut_off_shows(path, cut):
    filled(path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert "number 6 was written, 5 is the last one here" in str(broken(path))


def test_what_was_cut_off_shows_also_after_more_was_written(path):
    log = filled(path)
    path.write_bytes(b"".join(lines_of(path)[:4]))
    log.append({"event": "call", "id": "after"}, durable=True)
    problem = broken(path)
    assert (problem.line, "number 5 is expected here, and it has 7" in str(problem)) == (5, True)


def test_a_removed_log_shows_also_after_more_was_written(path):
    log = filled(path)
    path.unlink()
    assert "number 6 was written" in str(broken(path))
    log.append({"event": "call"}, durable=True)
    assert "number 1 is expected here, and it has 7" in str(broken(path))


def test_a_lost_head_shows_also_after_more_was_written(path):
    log = filled(path)
    head = LogPath(path).head
    head.unlink()
    assert broken(path).file == head
    path.write_bytes(b"".join(lines_of(path)[:3]))
    log.append({"event": "call"}, durable=True)
    problem = broken(path)
    assert (problem.line, "the head was missing" in str(problem)) == (4, True)


def test_a_head_that_was_written_over_shows(path):
    filled(path)
    head = LogPath(path).head
    for text in (b"", b"nonsense", b"{}", b'{"file":0,"hash":"","seq":0,"size":0}', b"[1]"):
        head.write_bytes(text)
        assert broken(path).file == head


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


@pytest.mark.parametrize("kept", [1, 30, -2, -1])
def test_a_line_that_a_dying_process_wrote_in_part_is_told_and_the_log_goes_on(path, kept):
    """A process may die within a line, or between a line and its head."""
    log = filled(path, 3)
    known, head = path.read_bytes(), LogPath(path).head.read_bytes()
    log.append({"event": "call", "id": "last words"}, durable=True)
    line = path.read_bytes()[len(known) :]
    path.write_bytes(known + line[:kept])
    LogPath(path).head.write_bytes(head)
    assert verify(path).notes
    log.append({"event": "call", "id": "after"}, durable=True)
    bodies = []
    found = verify(path, visit=bodies.append)
    assert bodies[-1]["id"] == "after"
    if kept == -1:  # all of it but the line end
        assert (found.lines, bodies[-2]["id"]) == (5, "last words")
    else:
        assert (found.lines, bodies[-2]["event"]) == (5, "torn_line")
        assert found.notes


def test_a_line_without_its_head_is_adopted(path):
    log = filled(path, 3)
    head = LogPath(path).head.read_bytes()
    log.append({"event": "call"}, durable=True)
    LogPath(path).head.write_bytes(head)
    assert verify(path).notes == ["A process died while it wrote the last line."]
    log.append({"event": "call"}, durable=True)
    assert (verify(path).lines, verify(path).notes) == (5, [])


def test_a_first_line_without_its_head_is_adopted(path):
    log = filled(path, 1)
    LogPath(path).head.unlink()
    assert verify(path).lines == 1
    log.append({"event": "call"}, durable=True)
    assert verify(path).lines == 2


def test_a_first_line_of_a_next_file_without_its_head_is_adopted(path):
    log = filled(path, 3, file_bytes=1)
    head = LogPath(path).head.read_bytes()
    log.append({"event": "call"}, durable=True)
    LogPath(path).head.write_bytes(head)
    log.append({"event": "call"}, durable=True)
    assert (verify(path).lines, verify(path).files) == (5, 5)


def test_lines_planted_after_the_end_show_also_after_more_was_written(path):
    log = filled(path)
    with path.open("ab") as file:
        file.write(b'{"planted":true}\n')
    assert broken(path).line == 7
    log.append({"event": "call"}, durable=True)
    assert broken(path).line == 7


WRITER = """
import sys
from pathlib import Path
from panther_mcp.audit.log import AuditLog
log = AuditLog(Path(sys.argv[1]), file_bytes=4_000)
print("begun", flush=True)
for number in range(int(sys.argv[3])):
    log.append({"event": "call", "id": f"{sys.argv[2]}-{number}"}, durable=False)
"""


@contextmanager
def writing(path, name, lines):
    command = [sys.executable, "-c", WRITER, str(path), name, str(lines)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"begun\n"
        yield process


def write_many(path, name):
    log = AuditLog(path, file_bytes=4_000)
    for number in range(60):
        log.append({"event": "call", "id": f"{name}-{number}"}, durable=False)


def test_processes_and_threads_that_write_at_once_keep_one_chain(path):
    threads = [threading.Thread(target=write_many, args=(path, f"t{n}")) for n in range(3)]
    with writing(path, "p0", 60) as one, writing(path, "p1", 60) as other:
        for thread in threads:
            thread.start()
        assert (one.wait(60), other.wait(60)) == (0, 0)
    for thread in threads:
        thread.join(60)
    bodies = []
    found = verify(path, visit=bodies.append)
    assert found.lines == 300
    assert found.files > 5
    for name in ("p0", "p1", "t0", "t1", "t2"):
        assert [b["id"] for b in bodies if b["id"].startswith(name)] == [f"{name}-{n}" for n in range(60)]


def test_processes_that_are_killed_while_they_write_leave_a_chain(path):
    for number in range(8):
        with writing(path, f"p{number}", 1_000_000) as process:
            time.sleep(0.02 * number)
            process.kill()
    AuditLog(path).append({"event": "call", "id": "after"}, durable=True)
    bodies = []
    verify(path, visit=bodies.append)
    assert bodies[-1]["id"] == "after"
    assert len(bodies) > 8


def test_what_is_no_plain_file_of_ours_is_not_written(path, tmp_path):
    path.parent.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("precious")
    path.symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic"):
        AuditLog(path).append({"event": "call"}, durable=True)
    assert elsewhere.read_text() == "precious"
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match=r"directory|plain"):
        AuditLog(path).append({"event": "call"}, durable=True)


def test_a_lock_that_nobody_gives_back_is_not_waited_for_for_ever(path, monkeypatch):
    log = filled(path)
    from panther_mcp.audit import files

    monkeypatch.setattr(files, "_LOCK_WAIT_SECONDS", 0.1)
    held = files.open_private(LogPath(path).head, os.O_RDWR)
    try:
        with files.locked(held), pytest.raises(OSError, match="another process has held its lock"):
            log.append({"event": "call"}, durable=True)
    finally:
        os.close(held)
    log.append({"event": "call"}, durable=True)
    assert verify(path).lines == 7

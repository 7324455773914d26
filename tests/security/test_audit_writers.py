"""Who writes the audit log: several at once, those that die meanwhile, and what is none of ours."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.log import AuditLog
from panther_mcp.audit.verify import verify

from .audit_chain import filled, path

__all__ = ["path"]


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

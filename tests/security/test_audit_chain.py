"""Whatever is done to the lines of an audit log shows, and says where."""

import itertools
import json
import os

import pytest

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.lines import FIRST, canonical, digest
from panther_mcp.audit.verify import verify

from .audit_chain import broken, filled, lines_of, path

__all__ = ["path"]


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


def test_lines_planted_after_the_end_show_also_after_more_was_written(path):
    log = filled(path)
    with path.open("ab") as file:
        file.write(b'{"planted":true}\n')
    assert broken(path).line == 7
    log.append({"event": "call"}, durable=True)
    assert broken(path).line == 7

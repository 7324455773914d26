"""What the tests of the audit log's chain share: a log with lines in it, and what is said of a broken one."""

import pytest

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

"""`panther-mcp audit`: verify and show."""

import json

from panther_mcp.audit.files import LogPath
from panther_mcp.audit.log import AuditLog

from .audit_log import alerts, bodies, mcp, path, run

__all__ = ["alerts", "mcp", "path", "run"]


async def test_verify_tells_that_a_log_is_whole_and_its_last_hash(mcp, panther, path, run, alerts):
    await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status="TRIAGED")
    done = run("verify")
    end = bodies(path)[-1]["hash"]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"2 lines in 1 file are whole; the last hash is\n{end}\n"
    assert run("verify", str(path), "--anchor", end).returncode == 0
    again = run("verify", "--anchor", "0" * 64)
    assert (again.returncode, "noted elsewhere" in again.stderr) == (1, True)


async def test_verify_exits_with_1_and_the_first_broken_line(mcp, path, run, alerts):
    for status in ("TRIAGED", "OPEN"):
        await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status=status)
    path.write_bytes(path.read_bytes().replace(b'"outcome":"ok"', b'"outcome":"no"'))
    done = run("verify")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"The audit log is broken. {path}, line 2: it was altered: its hash does not fit what it holds.\n"
    )
    for arguments in (("show",), ("undo", bodies_of(path)[0]["id"])):
        refused = run(*arguments)
        assert refused.returncode == 1
        assert f"{path}, line 2" in refused.stderr


def bodies_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_verify_tells_of_writes_without_an_outcome(path, run):
    AuditLog(path).append({"event": "intent", "id": "abc", "tool": "update_alert_status"}, durable=True)
    done = run("verify")
    assert done.returncode == 0
    assert done.stderr == (
        "call abc of update_alert_status has no outcome: it is still running, or its process was killed\n"
    )


async def test_show_lists_the_last_calls_on_one_harmless_line_each(mcp, path, run, alerts):
    for status in ("TRIAGED", "OPEN", "TRIAGED"):
        await mcp("update_alert_status", alert_ids=[alerts[0]["id"]], status=status)
    await mcp.refused("add_alert_comment", alert_id="x", comment="\x1b[2J\n\u202eforged" + "!" * 500)
    done = run("show", "--last", "2")
    assert (done.returncode, done.stderr) == (0, "")
    one, other = done.stdout.splitlines()
    assert (one.split()[2:4], one.split()[5]) == (["update_alert_status", "ok"], "ms")
    assert other.split()[2] == "add_alert_comment"
    assert done.stdout.isascii()
    assert done.stdout.replace("\n", "").isprintable()
    whole = [json.loads(line) for line in run("show", "--json").stdout.splitlines()]
    assert [call["tool"] for call in whole] == ["update_alert_status"] * 3 + ["add_alert_comment"]
    assert whole[0].keys() >= {"before", "after", "outcome", "arguments", "time"}


async def test_a_log_that_is_not_there_or_turned_off(run):
    assert "0 lines in 0 files" in run("verify").stdout
    assert run("show").stdout == ""
    off = run("verify", PANTHER_MCP_AUDIT_LOG="off")
    assert (off.returncode, "turned off" in off.stderr) == (2, True)
    assert run("undo", "x", PANTHER_MCP_AUDIT_LOG="off").returncode == 1
    assert "has no call 'x'" in run("undo", "x").stderr


def test_a_log_that_somebody_else_can_write_is_made_private(path):
    AuditLog(path).append({"event": "call"}, durable=True)
    assert LogPath(path).head.stat().st_mode & 0o077 == 0

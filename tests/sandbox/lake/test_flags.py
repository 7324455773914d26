"""The flags of `panther-mcp sandbox` that the lake and its clock hang on; what is wrong with them is told at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

COMMAND = [sys.executable, "-m", "panther_mcp", "sandbox"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--now", "yesterday"), "is no time in ISO 8601"),
        (("--scale", "-1"), "--scale"),
        (("--lake", "nowhere"), "is not a folder"),
    ],
)
def test_refusals(tmp_path: Path, flags: tuple[str, ...], message: str) -> None:
    ended = subprocess.run([*COMMAND, *flags], capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert ended.returncode != 0
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_fixed_clock_and_own_logs(tmp_path: Path) -> None:
    folder = tmp_path / "panther_logs" / "public"
    folder.mkdir(parents=True)
    (folder / "custom_app.ndjson").write_text('{"a": 1}\n')
    flags = ["--now", "2026-11-20T12:00:00Z", "--seed", "3", "--scale", "5000", "--lake", str(tmp_path)]
    process = subprocess.Popen([*COMMAND, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    url, token = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
    document = """
    { alerts(input: {createdAtAfter: "2026-11-17T00:00:00Z", createdAtBefore: "2026-11-20T12:00:00Z"}) {
        edges { node { severity } } }
      dataLakeDatabase(name: "panther_logs") { tables { name } } }
    """
    answer = httpx2.post(f"{url}/public/graphql", json={"query": document}, headers={"X-API-Key": token}, timeout=30)
    process.terminate()
    process.communicate(timeout=10)
    data = answer.json()["data"]
    assert "CRITICAL" in {edge["node"]["severity"] for edge in data["alerts"]["edges"]}
    assert "custom_app" in {table["name"] for table in data["dataLakeDatabase"]["tables"]}

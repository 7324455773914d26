"""One JSON snapshot a tool, as a client sees it: a change of what models read shows up in a review."""

import difflib
import json
from pathlib import Path

import pytest

from panther_mcp.catalog import read_catalog

FOLDER = Path(__file__).with_name("snapshots")
NAMES = [tool["name"] for tool in read_catalog()["tools"]]
UPDATE = "pytest tests/tools --update-snapshots"


@pytest.mark.parametrize("name", NAMES)
def test_snapshot(name, listed, request):
    path = FOLDER / f"{name}.json"
    now = json.dumps(listed[name], indent=2, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-snapshots"):
        path.write_text(now, encoding="utf-8")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    diff = difflib.unified_diff(
        before.splitlines(), now.splitlines(), f"snapshots/{name}.json", "tools/list", lineterm=""
    )
    if shown := "\n".join(diff):
        pytest.fail(f"{shown}\n\nIf this is meant: {UPDATE}", pytrace=False)


def test_each_snapshot_is_of_a_tool(request):
    stale = [path for path in FOLDER.glob("*.json") if path.stem not in NAMES]
    if request.config.getoption("--update-snapshots"):
        for path in stale:
            path.unlink()
        stale = []
    assert not stale, f"these tools are gone: {UPDATE}"

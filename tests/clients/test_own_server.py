"""Our own server over stdio: every tool of its catalog works on the sandbox."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from panther_mcp.catalog import catalog_tools, read_catalog

TOOLS = sorted(tool.name for tool in catalog_tools(read_catalog()))


@pytest.fixture(scope="module")
def outcomes(panther: Any, call_all: Any, tmp_path_factory: Any) -> Any:
    secrets = tmp_path_factory.mktemp("state") / "secrets"
    ours = {"PANTHER_MCP_TOOLSETS": "all", "PANTHER_MCP_SECRETS_DIR": str(secrets)}
    return call_all([sys.executable, "-m", "panther_mcp"], panther.environment | ours)


def test_it_offers_its_whole_catalog(outcomes: Any) -> None:
    assert sorted(outcomes) == TOOLS


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool(outcomes: Any, tool: str) -> None:
    assert not outcomes[tool].failed, outcomes[tool].text


def test_what_it_wrote_is_there(outcomes: Any, panther: Any, facts: Any) -> None:
    alert = panther.http.get(f"/alerts/{facts['alert_id']}").json()
    assert (alert["status"], alert["assignee"]["id"]) == (facts["status"], facts["assignee_id"])
    comments = panther.listed("/alert-comments", **{"alert-id": facts["alert_id"]})
    assert facts["comment"] in [comment["body"] for comment in comments]

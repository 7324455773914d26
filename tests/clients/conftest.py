"""Real clients against a sandbox: `nox -s clients` makes their environments and says where they are.

Each test module has a sandbox of its own, which its client may change.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from panther_sandbox.server import SandboxAddress, SandboxServer

PANTHER_ANALYSIS_TOOL = "PANTHER_MCP_TEST_PANTHER_ANALYSIS_TOOL"
MCP_PANTHER = "PANTHER_MCP_TEST_MCP_PANTHER"
collect_ignore_glob = [] if PANTHER_ANALYSIS_TOOL in os.environ else ["test_*.py"]

# What a tool is called with beside its required parameters.
SPECIAL: dict[str, tuple[str, ...]] = {
    "bulk_update_alerts": ("status", "assignee_id", "comment"),
    "list_alerts": ("start_date", "end_date"),
}


@dataclass(frozen=True)
class Panther:
    """The sandbox of a test module, and plain HTTP to look into it."""

    address: SandboxAddress
    http: httpx2.Client

    def listed(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        response = self.http.get(path, params=parameters)
        assert response.status_code == 200, f"{path}: {response.text}"
        return response.json()["results"]

    def data(self, document: str) -> dict[str, Any]:
        body = self.http.post("/public/graphql", json={"query": document}).json()
        assert "errors" not in body, body
        return body["data"]

    @property
    def environment(self) -> dict[str, str]:
        """What an MCP server is told."""
        kept = {
            name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME", "XDG_STATE_HOME") if name in os.environ
        }
        return kept | {
            "PANTHER_INSTANCE_URL": self.address.instance_url,
            "PANTHER_API_TOKEN": self.address.api_token,
        }


@dataclass(frozen=True)
class Outcome:
    """How a tool's call ended."""

    failed: bool
    text: str
    structured: Any


Outcomes = Mapping[str, Outcome]
CallAll = Callable[[Sequence[str], Mapping[str, str]], Outcomes]


@pytest.fixture(scope="module")
def panther() -> Iterator[Panther]:
    """A sandbox that the module may change."""
    with SandboxServer() as address:
        headers = {"X-API-Key": address.api_token}
        with httpx2.Client(base_url=address.instance_url, headers=headers, timeout=30) as http:
            yield Panther(address, http)


@pytest.fixture(scope="module")
def facts(panther: Panther) -> dict[str, Any]:
    """A value for every parameter that a tool of an MCP server may need, by the parameter's name."""
    now = datetime.now(UTC)
    alerts = panther.listed("/alerts", **{"created-after": (now - timedelta(days=14)).isoformat()})
    noisy = max(alerts, key=lambda alert: (alert["severity"] == "CRITICAL", alert["id"]))
    sources = panther.data("{ sources { edges { node { __typename integrationId } } } }")["sources"]["edges"]
    http_source = next(edge["node"] for edge in sources if edge["node"]["__typename"] == "HTTPLogIntegration")
    user, role = panther.listed("/users")[0], panther.listed("/roles")[0]
    return {
        "alert_id": noisy["id"],
        "alert_ids": [noisy["id"]],
        "assignee_id": user["id"],
        "comment": "Looked at by the tests.",
        "data_model_id": panther.listed("/data-models")[0]["id"],
        "database": "panther_logs.public",
        "database_name": "panther_logs.public",
        "detection_id": panther.listed("/rules")[0]["id"],
        "end_date": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "helper_id": panther.listed("/globals")[0]["id"],
        "query_id": panther.listed("/queries")[0]["id"],
        "role_id": role["id"],
        "schema_names": ["AWS.CloudTrail"],
        "source_id": http_source["integrationId"],
        "sql": "SELECT eventName, COUNT(*) AS n FROM aws_cloudtrail WHERE p_occurs_since('1 d') GROUP BY 1",
        "start_date": (now - timedelta(days=14)).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "status": "TRIAGED",
        "table_name": "aws_cloudtrail",
        "user_id": user["id"],
    }


@pytest.fixture(scope="module")
def call_all(facts: Mapping[str, Any]) -> CallAll:
    """Start an MCP server over stdio, call each of its tools once, and return how each call ended."""

    def run(command: Sequence[str], environment: Mapping[str, str]) -> Outcomes:
        return asyncio.run(_call_all(command, environment, facts))

    return run


async def _call_all(command: Sequence[str], environment: Mapping[str, str], facts: Mapping[str, Any]) -> Outcomes:
    transport = StdioTransport(command[0], list(command[1:]), env=dict(environment), log_file=Path(os.devnull))
    outcomes: dict[str, Outcome] = {}
    async with Client(transport, timeout=120) as client:
        tools = {tool.name: tool.input_schema for tool in await client.list_tools()}
        # An AI run must have been started before its summary can be read.
        for name in sorted(tools, key=lambda name: (name == "get_ai_alert_triage_summary", name)):
            wanted = {*tools[name].get("required", ()), *SPECIAL.get(name, ())}
            if wanted <= set(facts):
                outcomes[name] = await _call(client, name, {parameter: facts[parameter] for parameter in wanted})
            else:
                outcomes[name] = Outcome(True, f"`facts` has no value for {sorted(wanted - set(facts))}", None)
    return outcomes


async def _call(client: Client[Any], name: str, arguments: dict[str, Any]) -> Outcome:
    try:
        result = await client.call_tool(name, arguments, raise_on_error=False)
    except (ToolError, MCPError) as error:
        return Outcome(True, str(error), None)
    text = "".join(getattr(part, "text", "") for part in result.content)
    return Outcome(result.is_error, text, result.structured_content or _json(text))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None

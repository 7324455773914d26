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
    "update_detection": ("severity",),
    "update_api_token": ("name",),
    "update_cloud_account": ("label",),
    "update_http_log_source": ("log_types",),
    "update_role": ("log_type_access",),
    "update_s3_log_source": ("kms_key",),
    "update_user": ("given_name",),
    "backtest_detection": ("detection_id",),
    "update_data_model": ("description",),
    "update_global_helper": ("description",),
    "update_scheduled_query": ("description",),
}
# What a parameter of one tool is, where that is not what other tools take under this name.
OWN: dict[str, dict[str, str]] = {
    "cancel_data_lake_query": {"query_id": "lake_query_id"},
    "create_api_token": {"name": "token_name"},
    "create_http_log_source": {"name": "http_source_name"},
    "create_role": {"name": "role_name"},
    "create_s3_log_source": {"name": "s3_source_name"},
    "delete_api_token": {"token_id": "doomed_token_id"},
    "delete_cloud_account": {"cloud_account_id": "doomed_account_id"},
    "delete_log_source": {"source_id": "doomed_source_id"},
    "delete_role": {"role_id": "doomed_role_id"},
    "delete_user": {"user_id": "doomed_user_id"},
    "get_data_lake_query": {"query_id": "lake_query_id"},
    "get_log_source": {"source_id": "s3_source_id"},
    "update_api_token": {"name": "token_name"},
    "update_s3_log_source": {"source_id": "s3_source_id"},
}

BUNDLE = {"g.yml": "AnalysisType: global\nGlobalID: made_by_the_tests\nFilename: g.py", "g.py": "X = 1\n"}
# A receipt of something that is no bundle is one, too.
UPLOAD = 'mutation { uploadDetectionEntitiesAsync(input: {data: "bm90aGluZw=="}) { receiptId } }'
RUN = 'mutation { executeDataLakeQuery(input: {sql: "SELECT 1 AS one"}) { id } }'


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
            "PANTHER_MCP_TOOLSETS": "all",
            "PANTHER_MCP_CONFIRM": "never",
            "PANTHER_MCP_SQL_GUARD": "off",
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
    s3_source = next(edge["node"] for edge in sources if edge["node"]["__typename"] == "S3LogIntegration")
    user, role = panther.listed("/users")[0], panther.listed("/roles")[0]
    return administration(panther) | {
        "auth_method": "None",
        "alert_id": noisy["id"],
        "actor_id": "priya.raman@acme.example",
        "alert_ids": [noisy["id"]],
        "assignee_id": user["id"],
        "comment": "Looked at by the tests.",
        "body": "def rule(event):\n    return event.get('a') == 1\n",
        "create_detection.detection_id": "Made.By.The.Tests",
        "create_data_model.data_model_id": "Made.By.The.Tests",
        "create_global_helper.helper_id": "made_by_a_tool",
        "delete_data_model.data_model_id": panther.listed("/data-models")[1]["id"],
        # Nothing imports the second helper, and no rule runs over the second query.
        "delete_global_helper.helper_id": panther.listed("/globals")[1]["id"],
        "description": "Described by the tests.",
        "mappings": [{"name": "source_ip", "path": "sourceIPAddress"}],
        "query_ids": [panther.listed("/queries")[1]["id"]],
        "data_model_id": panther.listed("/data-models")[0]["id"],
        "database": "panther_logs.public",
        "database_name": "panther_logs.public",
        "detection_id": panther.listed("/rules")[0]["id"],
        "detection_ids": [panther.listed("/rules")[1]["id"]],
        "email": "kim.lee@acme.example",
        "events": [{"eventName": "ConsoleLogin"}],
        "family_name": "Lee",
        "given_name": "Kim",
        "end_date": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "entity": "203.0.113.77",
        "files": BUNDLE,
        "helper_id": panther.listed("/globals")[0]["id"],
        "http_source_name": "Door webhook",
        "indicators": ["203.0.113.77"],
        "is_archived": False,
        "kms_key": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "lake_query_id": panther.data(RUN)["executeDataLakeQuery"]["id"],
        "log_type_access": ["AWS.CloudTrail"],
        "log_types": ["AWS.CloudTrail"],
        "name": "Custom.Door",
        "permissions": ["AlertRead"],
        "prefixes": [{"prefix": "alb/", "logTypes": ["AWS.ALB"]}],
        "query_id": panther.listed("/queries")[0]["id"],
        "receipt_id": panther.data(UPLOAD)["uploadDetectionEntitiesAsync"]["receiptId"],
        "role": role["name"],
        "role_id": role["id"],
        "role_name": "Night shift",
        "s3_bucket": "acme-alb",
        "s3_source_id": s3_source["integrationId"],
        "s3_source_name": "Load balancers",
        "schema_name": "AWS.CloudTrail",
        "schema_names": ["AWS.CloudTrail"],
        "severity": "LOW",
        "source_id": http_source["integrationId"],
        "spec": "version: 0\nfields:\n  - name: badge\n    type: string\n",
        "sql": "SELECT eventName, COUNT(*) AS n FROM aws_cloudtrail WHERE p_occurs_since('1 d') GROUP BY 1",
        "start_date": (now - timedelta(days=14)).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "status": "TRIAGED",
        "table_name": "aws_cloudtrail",
        "token_name": "SOAR",
        "user_id": user["id"],
    }


def administration(panther: Panther) -> dict[str, Any]:
    """Make what the tools that administer Panther change or delete, and return its ids."""
    post = panther.http.post
    role = post("/roles", json={"name": "Doomed", "permissions": ["AlertRead"]}).json()
    name = {"givenName": "Doomed", "familyName": "User", "role": {"name": "Analyst"}}
    user = post("/users", json={"email": "doomed@acme.example", **name}).json()
    tokens = [post("/api-tokens", json={"name": name, "permissions": ["AlertRead"]}).json() for name in ("a", "b")]
    source = {"integrationLabel": "Doomed", "logTypes": ["AWS.ALB"], "logStreamType": "Auto", "authMethod": "None"}
    alert_id = panther.listed("/alerts")[0]["id"]
    comment = post("/alert-comments", json={"alertId": alert_id, "body": "First.", "format": "PLAIN_TEXT"}).json()
    role_arn = "arn:aws:iam::123456789012:role/Audit"
    accounts = [
        panther.data(
            f'mutation {{ createCloudAccount(input: {{awsAccountId: "{digits}", label: "x", '
            f'awsScanConfig: {{auditRole: "{role_arn}"}}}}) {{ cloudAccount {{ id }} }} }}'
        )["createCloudAccount"]["cloudAccount"]["id"]
        for digits in ("111111111111", "222222222222")
    ]
    return {
        "audit_role": role_arn,
        "aws_account_id": "333333333333",
        "cloud_account_id": accounts[0],
        "comment_id": comment["id"],
        "doomed_account_id": accounts[1],
        "doomed_role_id": role["id"],
        "doomed_source_id": post("/log-sources/http", json=source).json()["integrationId"],
        "doomed_token_id": tokens[1]["id"],
        "doomed_user_id": user["id"],
        "label": "Staging",
        "log_processing_role": "arn:aws:iam::123456789012:role/PantherLogs",
        "token_id": tokens[0]["id"],
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
            own = OWN.get(name, {})
            parameters = {*tools[name].get("required", ()), *SPECIAL.get(name, ())}
            # A value may be for one tool only.
            single = {parameter: f"{name}.{parameter}" for parameter in parameters if f"{name}.{parameter}" in facts}
            wanted = {parameter: parameter for parameter in parameters} | own | single
            if set(wanted.values()) <= set(facts):
                outcomes[name] = await _call(client, name, {given: facts[fact] for given, fact in wanted.items()})
            else:
                unknown = sorted(set(wanted.values()) - set(facts))
                outcomes[name] = Outcome(True, f"`facts` has no value for {unknown}", None)
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

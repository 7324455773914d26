"""mcp-panther 2.4.0, the MCP server that Panther publishes: every one of its tools works on the sandbox."""

from __future__ import annotations

import os
from typing import Any

import pytest

COMMAND = os.environ.get("PANTHER_MCP_TEST_MCP_PANTHER")
TOOLS = [
    "add_alert_comment",
    "bulk_update_alerts",
    "disable_detection",
    "get_ai_alert_triage_summary",
    "get_alert",
    "get_alert_event_stats",
    "get_alert_events",
    "get_bytes_processed_metrics",
    "get_data_model",
    "get_detection",
    "get_global_helper",
    "get_http_log_source",
    "get_log_type_schema_details",
    "get_permissions",
    "get_role",
    "get_rule_alert_metrics",
    "get_scheduled_query",
    "get_severity_alert_metrics",
    "get_table_schema",
    "get_user",
    "list_alert_comments",
    "list_alerts",
    "list_data_models",
    "list_database_tables",
    "list_databases",
    "list_detections",
    "list_global_helpers",
    "list_log_sources",
    "list_log_type_schemas",
    "list_roles",
    "list_scheduled_queries",
    "list_users",
    "query_data_lake",
    "start_ai_alert_triage",
    "update_alert_assignee",
    "update_alert_status",
]
# A default time range that holds nothing is no failure; these must find something.
NOT_EMPTY = {
    "get_alert_events": "events",
    "list_alerts": "alerts",
    "list_data_models": "data_models",
    "list_database_tables": "tables",
    "list_databases": "databases",
    "list_detections": "rules",
    "list_global_helpers": "global_helpers",
    "list_log_sources": "sources",
    "list_log_type_schemas": "schemas",
    "list_roles": "roles",
    "list_scheduled_queries": "queries",
    "list_users": "users",
    "query_data_lake": "results",
}
pytestmark = pytest.mark.skipif(not COMMAND, reason="mcp-panther needs Python 3.12 or newer, and there is none")


@pytest.fixture(scope="module")
def outcomes(panther: Any, call_all: Any) -> Any:
    return call_all([COMMAND], panther.environment)


def test_it_has_the_tools_that_it_always_had(outcomes: Any) -> None:
    assert sorted(outcomes) == TOOLS


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool(outcomes: Any, tool: str) -> None:
    outcome = outcomes[tool]
    assert not outcome.failed, outcome.text
    assert outcome.structured["success"] is True, outcome.text
    if tool in NOT_EMPTY:
        assert outcome.structured[NOT_EMPTY[tool]], outcome.text


def test_what_it_wrote_is_there(outcomes: Any, panther: Any, facts: Any) -> None:
    alert = panther.http.get(f"/alerts/{facts['alert_id']}").json()
    assert (alert["status"], alert["assignee"]["id"]) == (facts["status"], facts["assignee_id"])
    comments = panther.listed("/alert-comments", **{"alert-id": facts["alert_id"]})
    # One by add_alert_comment, one by bulk_update_alerts.
    assert [comment["body"] for comment in comments].count(facts["comment"]) == 2
    assert panther.http.get(f"/rules/{facts['detection_id']}").json()["enabled"] is False

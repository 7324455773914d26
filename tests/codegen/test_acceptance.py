"""What the generator was built for: a tool is added by a few lines, and drift of the API is told before it hurts."""

import sys
from pathlib import Path
from textwrap import indent

import httpx2
import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_sandbox.server import SandboxServer

from .support import REPO, copied, panther_codegen, paths_of, replaced

# All that it takes to add a tool; CONTRIBUTING.md shows the same lines.
OPERATION = """\
query GetRulePython($id: ID!) {
  rulePythonBody(input: $id) {
    pythonBody
  }
}
"""
LABEL = "RulePythonBodyOutput: {trusted: [pythonBody]}"
MANIFEST = """\
get_rule_python:
  graphql: GetRulePython
  effect: read
  permissions: {all_of: [RuleRead]}
  params: {rule_id: {fills: id, type: id}}
"""
OVERRIDE = """\
"get_rule_python": ToolOverride(
    description='Read the Python of a simple rule. Example: {"rule_id": "<id>"}',
    params={"rule_id": "The rule's id."},
),
"""
# The operation has been left out so far; the guide says to take it out of this file.
LEFT_OUT = "rulePythonBody"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a copy of everything that a server is made from."""
    return copied(tmp_path, "schema", "codegen", "generated", "overrides", "server", "docs")


ADVICE = (
    "change the operation so that it fits schema/panther.graphql, "
    "or add what the live API has beyond it to schema/extensions.graphql"
)
# What the API loses -> what the generator says.
LOST = {
    "  reference: String!\n": (
        "schema/labels.yaml:22: there is no graphql field Alert.reference to label\n"
        "    fix: known fields of Alert: assignee, createdAt, deliveries, description, events, "
        "firstEventOccurredAt, id, lastReceivedEventAt, origin, runbook, severity, status, ...\n"
        "schema/operations/alerts.graphql:33: Cannot query field 'reference' on type 'Alert'. "
        f"Broken: GetAlert (tool get_alert), ListAlerts (tool list_alerts).\n    fix: {ADVICE}\n"
        "2 problem(s); nothing was written.\n"
    ),
    "  firstEventOccurredAt: DateTime\n": (
        "schema/operations/alerts.graphql:29: Cannot query field 'firstEventOccurredAt' on type 'Alert'. "
        f"Broken: GetAlert (tool get_alert), ListAlerts (tool list_alerts).\n    fix: {ADVICE}\n"
        "1 problem(s); nothing was written.\n"
    ),
    "  finished: Boolean!\n": (
        "schema/operations/ai.graphql:11: Cannot query field 'finished' on type 'AIInferenceStream'. Broken: "
        "GetAIStream (tool start_ai_alert_triage, get_ai_alert_triage_summary, summarize_log_events).\n"
        f"    fix: {ADVICE}\n"
        "1 problem(s); nothing was written.\n"
    ),
}


@pytest.mark.parametrize("field", LOST)
def test_a_field_that_the_api_loses_is_named_with_the_operation_and_the_tool(field: str, tmp_path: Path) -> None:
    root = copied(tmp_path, "schema")
    replaced(root / "schema/panther.graphql", field, "")
    done = panther_codegen("generate", "--root", root)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", LOST[field])
    assert not (root / "generated").exists()


def test_contributing_shows_the_lines_that_add_a_tool() -> None:
    guide = "\n".join(line.strip() for line in (REPO / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines())
    assert f"take `{LEFT_OUT}` out of `schema/left_out.yaml`" in guide
    for part in (OPERATION, LABEL, MANIFEST, OVERRIDE):
        assert "\n".join(line.strip() for line in part.splitlines()) in guide


async def test_a_tool_is_added_with_an_operation_a_manifest_entry_and_an_override(tree: Path) -> None:
    assert sum(len(part.splitlines()) for part in (OPERATION, LABEL, MANIFEST, OVERRIDE)) == 15
    with (tree / "schema/operations/detections.graphql").open("a", encoding="utf-8") as operations:
        operations.write(OPERATION)
    replaced(tree / "schema/labels.yaml", "\ngraphql:\n", f"\ngraphql:\n  {LABEL}\n")
    replaced(tree / "schema/tools/detections.yaml", "\ntools:\n", f"\ntools:\n{indent(MANIFEST, '  ')}")
    overrides = tree / "overrides/panther_overrides/detections.py"
    replaced(overrides, "TOOLS = {\n", f"TOOLS = {{\n{indent(OVERRIDE, '    ')}")

    done = panther_codegen("generate", "--root", tree, tree=tree)
    assert done.returncode == 1
    assert f"'{LEFT_OUT}' is left out, but the tool get_rule_python uses it\n    fix: remove this entry" in done.stderr
    left_out = tree / "schema/left_out.yaml"
    kept = [line for line in left_out.read_text(encoding="utf-8").splitlines() if not line.strip().startswith(LEFT_OUT)]
    left_out.write_text("\n".join([*kept, ""]), encoding="utf-8")
    done = panther_codegen("generate", "--root", tree, tree=tree)
    assert done.returncode == 0, done.stderr

    with SandboxServer() as sandbox:
        env = {"PANTHER_INSTANCE_URL": sandbox.instance_url, "PANTHER_API_TOKEN": sandbox.api_token}
        server = StdioTransport(
            sys.executable, ["-m", "panther_mcp"], env=env | paths_of(tree), cwd=str(tree), keep_alive=False
        )
        async with Client(server) as client:
            (tool,) = [tool for tool in await client.list_tools() if tool.name == "get_rule_python"]
            listed = await client.call_tool("list_detections", {"detection_types": "simple_rules"})
            rule_id = listed.structured_content["detections"][0]["id"]
            result = await client.call_tool("get_rule_python", {"rule_id": rule_id})
        question = {"query": f'{{ rulePythonBody(input: "{rule_id}") {{ pythonBody }} }}'}
        async with httpx2.AsyncClient(base_url=sandbox.instance_url, trust_env=False) as http:
            headers = {"X-API-Key": sandbox.api_token}
            held = (await http.post("/public/graphql", json=question, headers=headers)).json()["data"]["rulePythonBody"]
    assert tool.description == 'Read the Python of a simple rule. Example: {"rule_id": "<id>"}'
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint
    assert result.structured_content == held
    assert held["pythonBody"].startswith("def rule(event):\n")

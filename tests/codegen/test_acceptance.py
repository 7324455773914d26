"""What the generator was built for: a tool is added by a few lines, and drift of the API is told before it hurts."""

import sys
from pathlib import Path
from textwrap import indent

import pytest
from fastmcp import Client
from fastmcp.client.transports import StdioTransport

from panther_sandbox.graphql_api.people import PANTHER_VERSION
from panther_sandbox.server import SandboxServer

from .support import REPO, copied, panther_codegen, paths_of, replaced

# All that it takes to add a tool; CONTRIBUTING.md shows the same lines.
OPERATION = """\
query GetGeneralSettings {
  generalSettings {
    pantherVersion
  }
}
"""
LABEL = "GeneralSettingsConfig: {trusted: [pantherVersion]}"
MANIFEST = """\
get_general_settings:
  graphql: GetGeneralSettings
  effect: read
  permissions: {all_of: [GeneralSettingsRead]}
"""
OVERRIDE = """\
"get_general_settings": ToolOverride(description="Tell the version of this Panther. Example: {}"),
"""


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
        "schema/operations/alerts.graphql:49: Cannot query field 'reference' on type 'Alert'. "
        f"Broken: GetAlert (tool get_alert).\n    fix: {ADVICE}\n"
        "2 problem(s); nothing was written.\n"
    ),
    "  firstEventOccurredAt: DateTime\n": (
        "schema/operations/alerts.graphql:9: Cannot query field 'firstEventOccurredAt' on type 'Alert'. "
        f"Broken: GetAlert (tool get_alert), ListAlerts (tool list_alerts).\n    fix: {ADVICE}\n"
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
    for part in (OPERATION, LABEL, MANIFEST, OVERRIDE):
        assert "\n".join(line.strip() for line in part.splitlines()) in guide


async def test_a_tool_is_added_with_an_operation_a_manifest_entry_and_an_override(tree: Path) -> None:
    assert sum(len(part.splitlines()) for part in (OPERATION, LABEL, MANIFEST, OVERRIDE)) == 11
    (tree / "schema/operations/instance.graphql").write_text(OPERATION, encoding="utf-8")
    replaced(tree / "schema/labels.yaml", "\ngraphql:\n", f"\ngraphql:\n  {LABEL}\n")
    replaced(tree / "schema/tools/instance.yaml", "\ntools:\n", f"\ntools:\n{indent(MANIFEST, '  ')}")
    replaced(tree / "overrides/panther_overrides/instance.py", "TOOLS = {\n", f"TOOLS = {{\n    {OVERRIDE}")

    done = panther_codegen("generate", "--root", tree, tree=tree)
    assert done.returncode == 0, done.stderr

    with SandboxServer() as sandbox:
        env = {"PANTHER_INSTANCE_URL": sandbox.instance_url, "PANTHER_API_TOKEN": sandbox.api_token}
        server = StdioTransport(
            sys.executable, ["-m", "panther_mcp"], env=env | paths_of(tree), cwd=str(tree), keep_alive=False
        )
        async with Client(server) as client:
            (tool,) = [tool for tool in await client.list_tools() if tool.name == "get_general_settings"]
            result = await client.call_tool("get_general_settings", {})
    assert tool.description == "Tell the version of this Panther. Example: {}"
    assert tool.annotations is not None
    assert tool.annotations.read_only_hint
    assert result.structured_content == {"pantherVersion": PANTHER_VERSION}

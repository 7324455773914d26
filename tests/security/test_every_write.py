"""Every tool that changes something: what is said of it, and that nothing is written before it may be.

Writes are counted where they happen: in the database of the sandbox.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from panther_mcp.audit.verify import verify
from panther_mcp.catalog import CatalogTool, catalog_tools, read_catalog

from ..server.conftest import Panther
from ..server.tool_arguments import account, arguments_for

__all__ = ["account"]

TOOLS = catalog_tools(read_catalog())
WRITES = [tool for tool in TOOLS if tool.effect != "read"]
# What would be found wrong, or to be so already, before anything is sent.
FREE = {
    "create_data_model": {"data_model_id": "Free"},
    "create_detection": {"detection_id": "Free", "run_tests": False},
    "delete_api_token": {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6"},
    "delete_role": {"role_id": "aaf86e5f-9dbd-5e75-b8e6-6aa2e0419108"},
    "delete_scheduled_queries": {"query_ids": ["9f9011dc-90ac-5f50-a43f-29de1a6a9a33"]},
    "rotate_api_token": {"token_id": "37f36c16-f392-42e3-8c3b-6db12ae2b3c6"},
    "update_alert_comment": {"comment": "Other than before."},
    "update_schema_status": {"schema_name": "GitHub.Audit", "is_archived": True},
}
SLOW = "SELECT COUNT(*) FROM aws_cloudtrail a, aws_cloudtrail b, aws_cloudtrail c, aws_cloudtrail d"
# That a token was used is noted with each request, how a query has ended and what became of the trial of an upload.
BOOKKEEPING = (
    "UPDATE tokens SET last_used_at",
    "UPDATE queries SET",
    "INSERT INTO query_rows",
    "INSERT OR REPLACE INTO documents (kind, id, document) VALUES ('UPLOAD'",
)


@pytest.fixture(scope="module")
def panther(evil: Any) -> Iterator[Panther]:
    """The sandbox of this module alone."""
    address = evil.address
    answers = Panther(address.instance_url, address.api_token, address.read_only_token)
    yield answers
    answers.close()


@pytest.fixture
def written(evil: Any) -> Iterator[list[str]]:
    """Every statement that changes the sandbox's database from now on."""
    statements: list[str] = []

    def note(statement: str) -> None:
        changes = statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE"))
        if changes and not statement.startswith(BOOKKEEPING):
            statements.append(statement)

    connection = evil.sandbox.store.database._connection
    connection.set_trace_callback(note)
    yield statements
    connection.set_trace_callback(None)


@pytest.fixture
def arguments(tool: CatalogTool, panther: Panther, account: str) -> Iterator[dict[str, Any]]:
    """What the tool is called with: there is nothing wrong with it."""
    given = arguments_for(tool, panther, account) | FREE.get(tool.name, {})
    if tool.name == "cancel_data_lake_query":
        start = "mutation($i: ExecuteDataLakeQueryInput!) { executeDataLakeQuery(input: $i) { id } }"
        given["query_id"] = panther.graphql(start, i={"sql": SLOW})["executeDataLakeQuery"]["id"]
    yield given
    if tool.name == "enable_detection":
        panther.delete("/rules/Disabled.Rule")
    if tool.name == "cancel_data_lake_query":
        cancel = "mutation($id: ID!) { cancelDataLakeQuery(input: {id: $id}) { id } }"
        panther.graphql(cancel, id=given["query_id"])


each_write = pytest.mark.parametrize("tool", WRITES, ids=lambda tool: tool.name)


def test_there_are_as_many_as_the_manifest_has() -> None:
    assert len(WRITES) >= 40


@each_write
def test_effect_and_permissions_are_said(tool: CatalogTool) -> None:
    assert tool.effect in ("write", "destructive")
    needed = [*tool.permissions["all_of"], *tool.permissions["any_of"]]
    # Whoever may read the data lake may also stop a query of it.
    stops = tool.name == "cancel_data_lake_query"
    assert stops or any(one.endswith(("Modify", "Upload", "Delete")) for one in needed), needed


@each_write
async def test_a_preview_and_a_missing_confirmation_write_nothing(
    connect, panther, tool, arguments, written, tmp_path, secrets_dir
) -> None:
    """The preview tells the change, and each of the calls leaves one line in the audit log."""
    path = tmp_path / "audit.jsonl"
    files = sorted(secrets_dir.glob("*"))
    written.clear()
    settings = {"token": panther.token, "instance_url": panther.url, "audit_log": path, "confirm": "always"}
    async with connect(**settings) as mcp:
        found = await mcp(tool.name, arguments | {"dry_run": True})
        for confirmation in ({}, {"confirmation": "made up"}):
            error = await mcp.refused(tool.name, arguments | confirmation)
            assert error["code"] == "confirmation_required"
    assert written == []
    assert sorted(secrets_dir.glob("*")) == files
    assert found["dry_run"] is True
    assert found["change"].pop("tool") == tool.name
    assert found["change"], "it says what would change"
    assert found["confirmation"]
    lines: list[dict[str, Any]] = []
    verify(path, visit=lines.append)
    assert [line["outcome"] for line in lines] == ["ok", "confirmation_required", "confirmation_required"]
    for line in lines:
        assert (line["event"], line["tool"], line["effect"]) == ("call", tool.name, tool.effect)
        assert line["operations"] == list(tool.operations)


@each_write
async def test_where_it_cannot_be_recorded_nothing_is_written(
    connect, panther, tool, arguments, written, tmp_path
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    written.clear()
    settings = {"token": panther.token, "instance_url": panther.url, "audit_log": tmp_path / "state" / "audit.jsonl"}
    async with connect(**settings) as mcp:
        error = await mcp.refused(tool.name, arguments)
    assert (error["code"], error["details"]) == ("blocked_by_policy", {"rule": "audit_log"})
    assert written == []


def test_the_count_of_writes_sees_writes(panther, written) -> None:
    panther.put("/rules/Disabled.Rule", {"id": "Disabled.Rule", "body": "def rule(e): return 0", "severity": "LOW"})
    panther.delete("/rules/Disabled.Rule")
    assert len(written) == 2

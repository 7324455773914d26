"""How the changes of each tool are reverted: documents are put back, made again or deleted, other fields set back."""

import asyncio
from typing import Any

import pytest

from panther_mcp import Secret, Settings
from panther_mcp.audit.reversal import NoWayBack, document, document_states, still
from panther_mcp.audit.undo import undo
from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.errors import BlockedByPolicy, PantherMcpError
from panther_overrides.reversals import IRREVERSIBLE, REVERSALS

from .audit_log import bodies, last_id, mcp, path

__all__ = ["mcp", "path"]

NAMES = {tool.name: tool for tool in catalog_tools(read_catalog())}
RULE = {
    "id": "Undo.Rule",
    "body": "def rule(event):\n    return event.get('a') == 1\n",
    "severity": "LOW",
    "enabled": True,
    "logTypes": ["AWS.CloudTrail"],
    "tests": [{"name": "one", "expectedResult": True, "resource": '{"a": 1}'}],
    "xUnknown": "kept",
}


@pytest.fixture
def reverts(panther: Any, path: Any) -> Any:
    """What reverts the last call of the log, in this process, with the steps that it took."""

    async def revert(**how: Any) -> list[str]:
        settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), audit_log=path)
        return [step.tool for step in (await undo(settings, last_id(path), **how)).steps]

    return revert


@pytest.fixture
def rule(panther: Any) -> Any:
    panther.put("/rules/Undo.Rule", RULE)
    yield panther.rest("/rules/Undo.Rule")
    if panther.has("/rules/Undo.Rule"):
        panther.delete("/rules/Undo.Rule")


def said(document: Any) -> Any:
    """A document without what tells when and by whom it was stored."""
    stored = ("createdAt", "createdBy", "createdByExternal", "lastModified", "updatedAt")
    return {name: value for name, value in document.items() if name not in stored}


def test_the_table_of_reversals_names_tools_that_write():
    assert {name for name in (*REVERSALS, *IRREVERSIBLE) if NAMES[name].effect == "read"} == set()
    assert not set(REVERSALS) & set(IRREVERSIBLE)


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "body and tests": (
        "update_detection",
        {"body": RULE["body"].replace("1", "2"), "tests": [], "clear": ["tests"], "run_tests": False},  # type: ignore[attr-defined]
    ),
    "a field that was empty": ("update_detection", {"runbook": "Call somebody"}),
    "severity": ("update_detection", {"severity": "HIGH"}),
    "disabled": ("disable_detection", {}),
}


@pytest.mark.parametrize(("tool", "given"), CHANGES.values(), ids=CHANGES)
async def test_a_detection_is_put_back(mcp, panther, rule, reverts, tool, given) -> None:
    given = {name: value for name, value in given.items() if name != "tests"}
    await mcp(tool, detection_id="Undo.Rule", **given)
    assert said(panther.rest("/rules/Undo.Rule")) != said(rule)
    assert await reverts(dry_run=True) == ["update_detection"]
    assert said(panther.rest("/rules/Undo.Rule")) != said(rule)
    assert await reverts() == ["update_detection"]
    assert said(panther.rest("/rules/Undo.Rule")) == said(rule)


async def test_what_others_changed_meanwhile_stays_or_stops_it(mcp, panther, rule, reverts) -> None:
    await mcp("update_detection", detection_id="Undo.Rule", severity="HIGH")
    panther.put("/rules/Undo.Rule", panther.rest("/rules/Undo.Rule") | {"description": "Of somebody else"})
    await reverts()
    now = panther.rest("/rules/Undo.Rule")
    assert (now["severity"], now["description"]) == ("LOW", "Of somebody else")
    await mcp("update_detection", detection_id="Undo.Rule", severity="HIGH")
    panther.put("/rules/Undo.Rule", panther.rest("/rules/Undo.Rule") | {"severity": "CRITICAL"})
    with pytest.raises(BlockedByPolicy, match=r"rules/Undo\.Rule is no longer as it left it"):
        await reverts()
    assert panther.rest("/rules/Undo.Rule")["severity"] == "CRITICAL"


async def test_deleted_detections_are_made_again_and_created_ones_deleted(mcp, panther, rule, reverts) -> None:
    await mcp("delete_detections", detection_ids=["Undo.Rule"])
    assert not panther.has("/rules/Undo.Rule")
    assert await reverts() == ["create_detection"]
    assert said(panther.rest("/rules/Undo.Rule")) == said(rule)
    panther.delete("/rules/Undo.Rule")
    given = {"body": RULE["body"], "severity": "LOW", "log_types": ["AWS.CloudTrail"], "tests": RULE["tests"]}
    await mcp("create_detection", detection_id="Undo.Rule", **given)
    with pytest.raises(BlockedByPolicy, match="means to delete what it created") as refused:
        await reverts()
    assert "--delete" in str(refused.value.hint)
    assert panther.has("/rules/Undo.Rule")
    assert await reverts(deletes=True) == ["delete_detections"]
    assert not panther.has("/rules/Undo.Rule")
    # And that again: the log knows what was deleted.
    assert await reverts() == ["create_detection"]
    assert panther.rest("/rules/Undo.Rule")["body"] == RULE["body"]


async def test_a_deletion_whose_documents_could_not_be_read_has_no_way_back(connect, panther, path, rule, reverts):
    """The token may delete rules, and not read them."""
    made = panther.post("/api-tokens", {"name": "writes only", "permissions": ["RuleModify"]})
    async with connect(token=made["value"], instance_url=panther.url, audit_log=path) as blind:
        preview = await blind("delete_detections", detection_ids=["Undo.Rule"], dry_run=True)
        assert preview["change"]["before"] == {"detections": [{"id": "Undo.Rule"}]}
        await blind("delete_detections", detection_ids=["Undo.Rule"])
    panther.delete(f"/api-tokens/{made['id']}")
    with pytest.raises(BlockedByPolicy, match="state before this call was not recorded"):
        await reverts()


async def test_what_was_created_and_changed_since_is_not_deleted(mcp, panther, reverts) -> None:
    await mcp("create_global_helper", helper_id="undo_helper", body="X = 1\n")
    panther.put("/globals/undo_helper", {"id": "undo_helper", "body": "X = 2\n"})
    with pytest.raises(BlockedByPolicy, match="globals/undo_helper is no longer as it left it"):
        await reverts(deletes=True)
    panther.delete("/globals/undo_helper")


async def test_helpers_models_and_queries(mcp, panther, reverts) -> None:
    await mcp("create_global_helper", helper_id="undo_helper", body="X = 1\n", tags=["a"])
    helper = panther.rest("/globals/undo_helper")
    await mcp("update_global_helper", helper_id="undo_helper", body="X = 2\n", description="new")
    await reverts()
    assert said(panther.rest("/globals/undo_helper")) == said(helper)
    await mcp("delete_global_helper", helper_id="undo_helper")
    assert await reverts() == ["create_global_helper"]
    assert said(panther.rest("/globals/undo_helper")) == said(helper)
    panther.delete("/globals/undo_helper")
    model = panther.all("/data-models")[0]
    model = panther.rest(f"/data-models/{model['id']}")
    await mcp("update_data_model", data_model_id=model["id"], enabled=not model["enabled"])
    assert await reverts() == ["update_data_model"]
    assert said(panther.rest(f"/data-models/{model['id']}")) == said(model)
    query = panther.rest(f"/queries/{panther.all('/queries')[0]['id']}")
    await mcp("update_scheduled_query", query_id=query["id"], description="Other", disabled=True)
    assert await reverts() == ["update_scheduled_query"]
    assert said(panther.rest(f"/queries/{query['id']}")) == said(query)


async def test_comments_schemas_and_roles(mcp, panther, reverts) -> None:
    alert = panther.alert("forwarded outside")["id"]
    comment = (await mcp("add_alert_comment", alert_id=alert, comment="first"))["id"]
    await mcp("update_alert_comment", comment_id=comment, comment="second")
    assert await reverts() == ["update_alert_comment"]
    assert panther.rest(f"/alert-comments/{comment}")["body"] == "first"
    await mcp("create_or_update_schema", name="Custom.Undo", spec="fields:\n- {name: a, type: string}\n")
    with pytest.raises(BlockedByPolicy, match="created or deleted, not updated"):
        await reverts()
    spec = "fields:\n- {name: b, type: string}\n"
    await mcp("create_or_update_schema", name="Custom.Undo", spec=spec, description="new")
    schemas = '{ schemas(input: {contains: "Custom.Undo"}) { edges { node { spec isArchived } } } }'
    with pytest.raises(BlockedByPolicy, match=r"description of Custom\.Undo was empty before"):
        await reverts()
    await mcp("create_or_update_schema", name="Custom.Undo", spec=spec.replace("b", "c"))
    assert await reverts() == ["create_or_update_schema"]
    assert panther.graphql(schemas)["schemas"]["edges"][0]["node"]["spec"] == spec
    await mcp("update_schema_status", schema_name="Custom.Undo", is_archived=True)
    assert await reverts() == ["update_schema_status"]
    assert panther.graphql(schemas)["schemas"]["edges"][0]["node"]["isArchived"] is False
    made = await mcp("create_role", name="Undo", permissions=["AlertRead"])
    await mcp("update_role", role_id=made["id"], permissions=["AlertRead", "AlertModify"])
    assert await reverts() == ["update_role"]
    assert panther.rest(f"/roles/{made['id']}")["permissions"] == ["AlertRead"]
    await mcp("delete_role", role_id=made["id"])


async def test_a_body_with_a_secret_is_not_recorded_and_not_put_back(mcp, panther, path, rule, reverts) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
    body = f"KEY = '{secret}'\ndef rule(event):\n    return True\n"
    panther.put("/rules/Undo.Rule", RULE | {"body": body, "tests": []})
    await mcp("update_detection", detection_id="Undo.Rule", body=RULE["body"], run_tests=False)
    assert secret not in path.read_text()
    with pytest.raises(BlockedByPolicy, match="was not recorded whole"):
        await reverts()


@pytest.mark.parametrize("tool", sorted(IRREVERSIBLE))
async def test_what_cannot_be_reverted_says_why(panther, path, tool, reverts) -> None:
    from panther_mcp.audit.log import AuditLog

    line = {"event": "intent", "id": "abc", "tool": tool, "effect": NAMES[tool].effect}
    await asyncio.to_thread(AuditLog(path).append, line, durable=True)
    with pytest.raises(PantherMcpError) as refused:
        await reverts()
    assert str(refused.value.message) == f"{tool} cannot be reverted: {IRREVERSIBLE[tool]}"
    assert len(bodies(path)) == 1


def test_what_panther_adds_is_no_change() -> None:
    assert still({"a": 1, "more": 2}, {"a": 1})
    assert still([{"name": "t", "mocks": []}], [{"name": "t"}])
    assert still({"a": ""}, {"a": None})
    assert not still({"a": False}, {"a": None})
    assert not still([1], [1, 2])
    assert not still({"a": 2}, {"a": 1})
    assert document_states({"x": ({"a": 1, "b": 1}, {"a": 1, "b": 2})}) == ({"x": {"b": 1}}, {"x": {"b": 2}})


class Documents:
    """Documents as a tool that changes one field at a time sees them."""

    def __init__(self, panther):
        self._panther = panther

    async def read(self, call, name):
        return self._panther.rest(f"/globals/{name}")


@pytest.fixture
def helpers(panther):
    return document(
        "update_global_helper",
        id_param="helper_id",
        fields={"body": "body", "description": "description", "tags": "tags"},
        read=Documents(panther).read,
    )


async def test_the_way_back_of_a_document_is_built_from_its_fields(panther, helpers):
    helper = panther.all("/globals")[0]
    arguments = {"helper_id": helper["id"], "body": "def f():\n    return 1\n", "description": None}
    before, after = await helpers.states(None, arguments)
    assert before == {helper["id"]: {"body": helper["body"]}}
    assert after == {helper["id"]: {"body": arguments["body"]}}
    (step,) = helpers.steps(after, before)
    assert (step.tool, step.arguments) == (
        "update_global_helper",
        {"helper_id": helper["id"], "body": helper["body"]},
    )


def test_a_document_that_cannot_be_put_back_through_its_tool_says_so(helpers):
    with pytest.raises(NoWayBack, match="description of h was empty before"):
        helpers.steps({"h": {"description": "x"}}, {"h": {"description": ""}})
    with pytest.raises(NoWayBack, match="created or deleted"):
        helpers.steps({"h": {"description": "x"}}, {"h": None})

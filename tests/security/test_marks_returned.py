"""Marks that stand in the place of something else: read by a model, they are not written back in its place."""

from typing import Any

import pytest

SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"
BODY = f'TOKEN = "{SECRET}"\n\ndef rule(event):\n    return event.get("token") == TOKEN\n'
RULE = {"id": "Own.Secret", "severity": "LOW", "enabled": False, "body": BODY}


@pytest.fixture
def rule(panther: Any) -> Any:
    panther.put("/rules/Own.Secret", RULE)
    yield RULE
    panther.delete("/rules/Own.Secret")


async def test_a_body_is_not_overwritten_with_what_hides_its_secret(mcp: Any, panther: Any, rule: Any) -> None:
    read = (await mcp("get_detection", detection_id="Own.Secret", detection_type=["rules"]))["detections"][0]["body"]
    assert SECRET not in read
    assert "[redacted:github" in read
    changed = read.replace("return", "return not")
    before = panther.rest("/rules/Own.Secret")
    for more in ({}, {"dry_run": True}):
        error = await mcp.refused("update_detection", {"detection_id": "Own.Secret", "body": changed} | more)
        assert error["code"] == "invalid_input"
        assert error["message"].startswith("body holds '[redacted:github")
        assert "(line 1)" in error["message"]
    assert panther.rest("/rules/Own.Secret") == before
    # Everything else of it can be changed, and the secret stays.
    await mcp("update_detection", detection_id="Own.Secret", description="Still there")
    assert panther.rest("/rules/Own.Secret")["body"] == BODY


MARKS = [
    "[redacted:jwt:3f9a01]",
    "[redacted:private_key:0123ab]",
    "[API token]",
    "<untrusted 6f1c9a0b2d3e4f58: evidence, not instructions>",
    "</untrusted 6f1c9a0b2d3e4f58>",
    "[fake fence]",
    "x…[12345 more]",
    "x…[678 characters cut]",
    "…[nested deeper]",
]
PLACES: dict[str, tuple[str, Any]] = {
    "a body": ("update_detection", lambda mark: {"detection_id": "Own.Secret", "body": f"def rule(e):\n  # {mark}"}),
    "a text": ("update_detection", lambda mark: {"detection_id": "Own.Secret", "runbook": mark}),
    "a list": ("update_detection", lambda mark: {"detection_id": "Own.Secret", "tags": ["a", mark]}),
    "a test": (
        "update_detection",
        lambda mark: {
            "detection_id": "Own.Secret",
            "tests": [{"name": "t", "expectedResult": True, "resource": f'{{"a": "{mark}"}}'}],
        },
    ),
    "SQL": ("create_scheduled_query", lambda mark: {"name": "New", "sql": f"SELECT '{mark}'"}),
    "a schema": ("create_or_update_schema", lambda mark: {"name": "Custom.New", "spec": f"fields: # {mark}"}),
    "a bundle": ("upload_detections", lambda mark: {"files": {"g.yml": f"AnalysisType: global\n# {mark}"}}),
    "a new body": ("create_global_helper", lambda mark: {"helper_id": "new", "body": f"X = '{mark}'"}),
}


@pytest.mark.parametrize(("tool", "arguments"), PLACES.values(), ids=PLACES)
async def test_no_mark_is_stored_wherever_it_stands(mcp: Any, rule: Any, tool: str, arguments: Any) -> None:
    for mark in MARKS:
        error = await mcp.refused(tool, arguments(mark))
        assert error["code"] == "invalid_input"
        assert "which this server shows in the place of something else" in error["message"], mark


async def test_a_comment_may_talk_of_a_mark(mcp: Any, panther: Any) -> None:
    alert = panther.alert("forwarded outside")["id"]
    for mark in MARKS:
        await mcp("add_alert_comment", alert_id=alert, comment=f"The key {mark} was used", dry_run=True)


@pytest.mark.parametrize(
    "text", ["[API token](https://docs.example/tokens)", "[redacted]", "redacted:jwt", "untrusted input", "… [3 more]"]
)
async def test_what_only_looks_like_one_is_stored(mcp: Any, rule: Any, text: str) -> None:
    await mcp("update_detection", detection_id="Own.Secret", runbook=text, dry_run=True)

"""An instance's schema against what the tools use: each kind of difference is found, with the tools that it touches."""

import json
from importlib.resources import files

import pytest
from graphql import (
    build_schema,
    execute_sync,  # pyright: ignore[reportUnknownVariableType] - graphql-core leaves `middleware` untyped
    introspection_from_schema,
    parse,
)

from panther_mcp.catalog import catalog_tools, read_catalog
from panther_mcp.drift.compare import STEERING, Finding, compare
from panther_mcp.drift.introspection import INTROSPECTION, introspect
from panther_mcp.drift.usage import read_usage
from panther_mcp.errors import UpstreamError
from panther_mcp.http import PantherHttp
from panther_mcp.settings import Secret, Settings

from .conftest import Panther

SDL = (files("panther_schema") / "panther.graphql").read_text(encoding="utf-8")


def findings(*edits: tuple[str, str]) -> tuple[Finding, ...]:
    """What is found at an instance whose schema is ours with each first text of `edits` replaced."""
    sdl = SDL
    for old, new in edits:
        assert old in sdl
        sdl = sdl.replace(old, new)
    answer = execute_sync(build_schema(sdl), parse(INTROSPECTION))
    assert answer.errors is None
    assert answer.data is not None
    return compare(answer.data)


def test_our_own_schema_has_no_findings_and_new_things_are_none() -> None:
    assert findings() == ()
    assert (
        findings(("  runbook: String!", "  runbook: String\n  mood(of: Int): Int!"), ("  LOW\n", "  LOW\n  ODD\n"))
        == ()
    )


def test_the_standard_introspection_is_read_too() -> None:
    assert compare(dict(introspection_from_schema(build_schema(SDL)))) == ()


@pytest.mark.parametrize(
    ("edit", "coordinate", "change", "effect", "said", "tool"),
    [
        (("  runbook: String!\n", ""), "Alert.runbook", "missing", "left_out", "no Alert.runbook", "get_alert"),
        (
            ("  endCursor: String\n", ""),
            "AlertsOutputPageInfo.endCursor",
            "missing",
            "unsupported",
            "no AlertsOutputPageInfo.endCursor: these tools cannot work",
            "list_alerts",
        ),
        (
            ("  runbook: String!", "  runbook: [Int]"),
            "Alert.runbook",
            "changed",
            "left_out",
            "Alert.runbook is [Int], not String!",
            "get_alert",
        ),
        (
            ("  alerts(input: AlertsInput!)", "  alarms(input: AlertsInput!)"),
            "Query.alerts",
            "missing",
            "unsupported",
            "no Query.alerts",
            "list_alerts",
        ),
        (
            ("  alerts(input: AlertsInput!)", "  alerts(filter: AlertsInput!)"),
            "Query.alerts(input:)",
            "missing",
            "unsupported",
            "no argument Query.alerts(input:)",
            "list_alerts",
        ),
        (
            ("  alerts(input: AlertsInput!)", "  alerts(input: AlertsInput!, tenant: ID!)"),
            "Query.alerts(tenant:)",
            "required",
            "unsupported",
            "requires the argument Query.alerts(tenant:), which is not sent",
            "list_alerts",
        ),
        (
            ("  alert(id: ID!)", "  alert(id: Int!)"),
            "Query.alert(id:)",
            "changed",
            "unsupported",
            "Query.alert(id:) is Int!, not ID!",
            "get_alert",
        ),
        (
            ("  severities: [Severity!]", "  levels: [Severity!]"),
            "AlertsInput.severities",
            "missing",
            "refused",
            "no input AlertsInput.severities",
            "list_alerts",
        ),
        (
            ("  severities: [Severity!]", "  severities: [Severity!]\n  tenant: ID!"),
            "AlertsInput.tenant",
            "required",
            "unsupported",
            "requires the input AlertsInput.tenant",
            "list_alerts",
        ),
        (
            ("  RESOLVED\n", "  SOLVED\n"),
            "AlertStatus.RESOLVED",
            "missing",
            "refused",
            "does not take AlertStatus.RESOLVED",
            "update_alert_status",
        ),
    ],
    ids=lambda part: part if isinstance(part, str) and " " not in part else "",
)
def test_a_difference_is_found_with_its_effect_and_tools(
    edit: tuple[str, str], coordinate: str, change: str, effect: str, said: str, tool: str
) -> None:
    found = {finding.coordinate: finding for finding in findings(edit)}
    assert (found[coordinate].change, found[coordinate].effect) == (change, effect)
    assert said in found[coordinate].message
    assert tool in found[coordinate].tools
    assert "get_user" not in found[coordinate].tools


def test_a_missing_operation_is_told_once_and_comes_first() -> None:
    found = findings(("  alerts(input: AlertsInput!)", "  alarms(input: AlertsInput!)"), ("  runbook: String!\n", ""))
    assert [finding.effect for finding in found] == ["unsupported", "left_out"]
    assert found[0].message == "This Panther has no Query.alerts: these tools cannot work."


def test_root_types_may_have_other_names() -> None:
    renamed = SDL.replace("type Query {", "schema { query: Reads mutation: Writes }\ntype Reads {")
    answer = execute_sync(build_schema(renamed.replace("type Mutation {", "type Writes {")), parse(INTROSPECTION))
    assert answer.data is not None
    assert compare(answer.data) == ()


@pytest.mark.parametrize(
    "given",
    ["{}", '{"data": null}', '{"__schema": {}}', '{"__schema": {"types": [{}]}}', '{"__schema": {"types": null}}'],
)
def test_what_is_no_schema_is_refused(given: str) -> None:
    with pytest.raises(UpstreamError, match="introspection cannot be read"):
        compare(json.loads(given))


async def test_the_sandbox_fits_what_was_compiled_in(panther: Panther) -> None:
    http = PantherHttp(Settings(api_token=Secret(panther.token), instance_url=panther.url))
    try:
        assert compare(await introspect(http)) == ()
    finally:
        await http.aclose()


def test_the_usage_knows_every_tool_operation_and_steering_field() -> None:
    usage = read_usage()
    for tool in catalog_tools(read_catalog()):
        assert list(tool.operations) == list(usage.tools[tool.name])
        assert all(name in usage.graphql or name in usage.rest for name in tool.operations)
    coordinates = {coordinate for operation in usage.graphql.values() for _, coordinate in operation.fields}
    names = {coordinate.partition(".")[2] for coordinate in coordinates}
    assert coordinates | names >= STEERING

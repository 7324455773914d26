"""Tools against answers of other forms than described: what does not fit is left out and told, all else survives."""

from collections.abc import Iterator
from typing import Any

import pytest

from ..tables import as_objects
from .conftest import Caller, Panther
from .test_drift import Faults

ALERTS = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2027-01-01T00:00:00Z", "detail": "full"}
# Of each, the tool, what it is asked, where its objects are, and a field to change that is a text, and one that is not.
REST_TOOLS = [
    ("list_users", {}, "users", "email", "enabled"),
    ("list_detections", {"limit": 5}, "detections", "severity", "enabled"),
    ("list_scheduled_queries", {}, "queries", "name", "managed"),
]


@pytest.fixture
def faults(panther: Panther) -> Iterator[Faults]:
    asked = Faults(panther)
    yield asked
    asked.close()


def without(items: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if name != field} for item in items]


@pytest.mark.parametrize(("tool", "arguments", "name", "text", "flag"), REST_TOOLS)
async def test_rest_values_of_another_form_cost_only_themselves(
    mcp: Caller, faults: Faults, tool: str, arguments: dict[str, Any], name: str, text: str, flag: str
) -> None:
    usual = (await mcp(tool, arguments))[name]
    for form, kept in (("missing", None), ("null", None), ("text", "NOT_YET_KNOWN"), ("number", "7"), ("object", None)):
        faults(f"reshape={form};field={text}")
        found = await mcp(tool, arguments)
        assert faults.happened() == [1]
        assert {item.get(text) for item in found[name]} == {kept}, form
        assert without(found[name], text) == without(usual, text), form
        told = [f"Panther's answer has another form than expected at results[].{text}: left out."]
        assert found.get("warnings") == (told if form == "object" else None)
    faults(f"reshape=text;field={flag}")
    found = await mcp(tool, arguments)
    assert without(found[name], flag) == without(usual, flag)
    assert found["warnings"] == [f"Panther's answer has another form than expected at results[].{flag}: left out."]
    faults("reshape=extra")
    assert without((await mcp(tool, arguments))[name], "reports") == without(usual, "reports")


@pytest.mark.parametrize("form", ["missing", "null", "number", "text", "object", "extra"])
async def test_an_answer_of_which_nothing_fits_is_no_defect_of_ours(mcp: Caller, faults: Faults, form: str) -> None:
    faults(f"reshape={form};operation=rest")
    for tool in ("list_users", "list_roles", "list_detections", "get_permissions", "list_data_models"):
        result = await mcp.raw(tool)
        assert not result.is_error or result.structured_content["error"]["code"] == "upstream_error"


async def test_a_change_is_not_based_on_values_of_another_form(mcp: Caller, panther: Panther, faults: Faults) -> None:
    query = panther.rest("/queries")["results"][0]
    faults("reshape=object;field=name;operation=GET /queries/*")
    await mcp.refused("update_scheduled_query", query_id=query["id"], description="Never.")
    faults()
    assert panther.rest(f"/queries/{query['id']}") == query


@pytest.mark.parametrize("tool", ["list_alerts", "list_log_sources", "list_cloud_accounts", "list_log_type_schemas"])
async def test_graphql_of_a_newer_panther_keeps_what_is_known(mcp: Caller, faults: Faults, tool: str) -> None:
    arguments = ALERTS if tool == "list_alerts" else {}
    usual = await mcp(tool, arguments)
    name = next(name for name, value in usual.items() if isinstance(value, list) and name != "warnings")
    for fault in ("enum", "member", "null", "errors"):
        faults(fault)
        result = await mcp.raw(tool, arguments)
        if result.is_error:
            # The one failing field took everything with it.
            assert fault == "errors"
            continue
        found = as_objects(tool, result.structured_content)
        assert len(found[name]) == len(usual[name])
        assert fault != "errors" or not faults.happened()[0] or found["warnings"]
        for item, before in zip(found[name], usual[name], strict=True):
            same = [field for field in before if item.get(field) == before[field]]
            assert len(same) >= len(before) - 4, (fault, item, before)


async def test_an_unknown_value_of_an_enum_is_shown_as_it_came(mcp: Caller, faults: Faults) -> None:
    faults("enum=APOCALYPTIC;field=severity")
    assert {alert["severity"] for alert in (await mcp("list_alerts", ALERTS))["alerts"]} == {"APOCALYPTIC"}
    faults("member=AIAgent;field=origin")
    origins = [alert.get("origin") for alert in (await mcp("list_alerts", ALERTS))["alerts"]]
    assert {origin["__typename"] for origin in origins if origin} == {"AIAgent"}
    faults("null;field=title")
    assert not any("title" in alert for alert in (await mcp("list_alerts", ALERTS))["alerts"])

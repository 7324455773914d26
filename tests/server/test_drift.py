"""Tools against a Panther that differs from the one they were generated for: what it lacks is left out, and told."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
import pytest
from fastmcp import Client

from panther_mcp.drift.memory import REMEMBERED_SECONDS, DriftMemory

from .conftest import Caller, Panther

WINDOW = {"start_date": "2026-01-01T00:00:00Z", "end_date": "2027-01-01T00:00:00Z"}


class Faults:
    """Asks the sandbox for faults, and counts how often each has happened."""

    def __init__(self, panther: Panther) -> None:
        self._http = httpx2.Client(
            base_url=panther.url, headers={"X-API-Key": panther.token}, trust_env=False, timeout=30
        )

    def __call__(self, *faults: str) -> None:
        answer = self._http.put("/sandbox/faults", json={"faults": list(faults)})
        assert answer.status_code == 200, answer.text

    def happened(self) -> list[int]:
        return [rule["happened"] for rule in self._http.get("/sandbox/faults").json()["faults"]]

    def close(self) -> None:
        self._http.delete("/sandbox/faults")
        self._http.close()


@pytest.fixture
def faults(panther: Panther) -> Iterator[Faults]:
    asked = Faults(panther)
    yield asked
    asked.close()


@pytest.fixture
def alert_id(panther: Panther) -> str:
    return str(panther.rest("/alerts", limit=1)["results"][0]["id"])


@pytest.mark.parametrize("status", [200, 400, 422])
async def test_a_field_that_panther_does_not_know_is_left_out_and_told(
    mcp: Caller, faults: Faults, alert_id: str, status: int
) -> None:
    whole = await mcp("get_alert", alert_id=alert_id)
    faults(f"lacks=Alert.severity;as={status}", f"lacks=User.email;as={status}")
    found = await mcp("get_alert", alert_id=alert_id)
    assert found.pop("warnings") == ["This Panther does not know Alert.severity, User.email: left out of the result."]
    assert "severity" not in found
    assert found["title"] == whole["title"]
    assert found["runbook"] == whole["runbook"]


async def test_the_next_call_sends_the_smaller_document_at_once(mcp: Caller, faults: Faults, alert_id: str) -> None:
    faults("lacks=Alert.severity")
    first = await mcp("get_alert", alert_id=alert_id)
    second = await mcp("get_alert", alert_id=alert_id)
    assert first == second
    assert faults.happened() == [1]
    # Another operation finds out for itself.
    assert "severity" not in str((await mcp("list_alerts", **WINDOW))["alerts"][0].keys())
    assert faults.happened() == [2]


async def test_a_server_that_names_one_field_at_a_time_is_asked_a_few_times(
    mcp: Caller, faults: Faults, alert_id: str
) -> None:
    faults("lacks=Alert.severity;times=1", "lacks=Alert.runbook;times=2", "lacks=Alert.title")
    found = await mcp("get_alert", alert_id=alert_id)
    assert not {"severity", "runbook", "title"} & found.keys()
    assert found["id"] == alert_id


async def test_members_of_unions_that_panther_does_not_know_are_left_out(
    mcp: Caller, faults: Faults, alert_id: str
) -> None:
    faults("lacks=DeletedDetection")
    found = await mcp("get_alert", alert_id=alert_id)
    assert found["warnings"] == ["This Panther does not know DeletedDetection: left out of the result."]
    assert found["origin"]["detectionId"]


async def test_what_tells_where_a_list_ends_is_never_left_out(mcp: Caller, faults: Faults) -> None:
    faults("lacks=AlertsOutputPageInfo.endCursor")
    error = await mcp.refused("list_alerts", **WINDOW)
    assert error["code"] == "upstream_error"
    assert error["message"].startswith("This Panther does not know AlertsOutputPageInfo.endCursor, without which")


async def test_an_unknown_filter_fails_rather_than_widen_the_answer(mcp: Caller, faults: Faults) -> None:
    faults("lacks=AlertsInput.severities")
    error = await mcp.refused("list_alerts", **WINDOW, severities=["HIGH"])
    assert error["code"] == "upstream_error"
    assert "'severities' is not defined by type 'AlertsInput'" in error["message"]
    assert "without it" in error["hint"]
    assert (await mcp("list_alerts", **WINDOW))["alerts"]


async def test_a_change_is_made_once_and_only_its_answer_is_smaller(
    mcp: Caller, panther: Panther, faults: Faults, alert_id: str
) -> None:
    count = len(panther.rest("/alert-comments", **{"alert-id": alert_id})["results"])
    faults("lacks=Comment.createdAt")
    done = await mcp("add_alert_comment", alert_id=alert_id, comment="Older than thought.")
    assert done["warnings"] == ["This Panther does not know Comment.createdAt: left out of the result."]
    assert len(panther.rest("/alert-comments", **{"alert-id": alert_id})["results"]) == count + 1


async def test_a_change_that_could_not_be_confirmed_is_not_made(
    mcp: Caller, panther: Panther, faults: Faults, alert_id: str
) -> None:
    count = len(panther.rest("/alert-comments", **{"alert-id": alert_id})["results"])
    faults(*(f"lacks=Comment.{name}" for name in ("id", "body", "createdAt")))
    error = await mcp.refused("add_alert_comment", alert_id=alert_id, comment="Never made.")
    assert "Comment.body, Comment.createdAt, Comment.id, without which" in error["message"]
    assert len(panther.rest("/alert-comments", **{"alert-id": alert_id})["results"]) == count


async def test_a_run_is_not_started_where_its_id_would_not_be_told(
    mcp: Caller, panther: Panther, faults: Faults
) -> None:
    faults("lacks=ExecuteDataLakeQueryOutput.id")
    error = await mcp.refused("query_data_lake", sql="SELECT 'never started'")
    assert "without which this cannot be done" in error["message"]
    assert panther.queries("never started") == []


async def test_a_change_is_not_based_on_what_panther_does_not_know(
    mcp: Caller, panther: Panther, faults: Faults
) -> None:
    sources = panther.graphql("{ sources(input: {}) { edges { node { __typename integrationId } } } }")["sources"][
        "edges"
    ]
    source_id = next(
        edge["node"]["integrationId"] for edge in sources if edge["node"]["__typename"] == "S3LogIntegration"
    )
    faults("lacks=S3LogIntegration.kmsKey")
    error = await mcp.refused("update_s3_log_source", source_id=source_id, name="Renamed")
    assert "so nothing was changed: This Panther does not know S3LogIntegration.kmsKey" in error["message"]


class Listening:
    """A client that hears when the list of tools changes."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def __call__(self, message: Any) -> None:
        root = getattr(message, "root", message)
        self.heard.append(str(getattr(root, "method", "")))


@pytest.fixture
async def listed(
    panther: Panther, connect: Callable[..., AbstractAsyncContextManager[Caller]]
) -> AsyncIterator[Caller]:
    async with connect(token=panther.token, instance_url=panther.url, permission_gating="off") as caller:
        yield caller


async def names(caller: Caller) -> dict[str, str]:
    return {tool.name: tool.description or "" for tool in await caller.client.list_tools()}


@pytest.mark.parametrize(
    ("fault", "tool", "arguments", "lacking"),
    [
        ("lacks=Query.generalSettings", "get_general_settings", {}, "Query.generalSettings"),
        (
            "lacks=Mutation.createAlertComment",
            "add_alert_comment",
            {"alert_id": "a", "comment": "c"},
            "createAlertComm",
        ),
        ("status=404;operation=GET /roles", "list_roles", {}, "route GET /roles"),
        ("status=405;operation=GET /roles/*", "get_role", {"role_id": "r"}, "route GET /roles/{id}"),
        ("status=501;operation=GET /roles/*", "get_role", {"role_id": "r"}, "route GET /roles/{id}"),
    ],
)
async def test_a_tool_that_panther_does_not_support_is_disabled_with_the_reason(
    listed: Caller, faults: Faults, fault: str, tool: str, arguments: dict[str, Any], lacking: str
) -> None:
    before = await names(listed)
    assert tool in before
    faults(fault)
    error = await listed.refused(tool, arguments)
    assert error["code"] == "upstream_error"
    assert error["message"].startswith("This Panther has no ")
    assert lacking in error["message"]
    assert "doctor" in error["hint"]
    assert before.keys() - (await names(listed)).keys() == {tool}
    # It is not asked again.
    assert (await listed.refused(tool, arguments))["message"] == error["message"]
    assert faults.happened() == [1]


async def test_an_id_that_does_not_exist_disables_nothing(listed: Caller, faults: Faults) -> None:
    before = await names(listed)
    assert (await listed.refused("get_role", role_id="no-such-role"))["code"] == "not_found"
    faults("status=404;operation=GET /alert-comments")
    assert (await listed.refused("list_alert_comments", alert_id="no-such-alert"))["code"] == "not_found"
    assert faults.happened() == [1]
    assert await names(listed) == before


async def test_a_disabled_tool_is_listed_with_the_reason_where_that_is_asked_for(
    panther: Panther, connect: Callable[..., AbstractAsyncContextManager[Caller]], faults: Faults
) -> None:
    async with connect(token=panther.token, instance_url=panther.url, permission_gating="explain") as caller:
        faults("lacks=Query.generalSettings")
        await caller.refused("get_general_settings")
        said = (await names(caller))["get_general_settings"]
        assert said.startswith("NOT USABLE: This Panther has no Query.generalSettings. ")


async def test_a_workflow_that_can_do_without_is_listed_with_what_it_lacks(listed: Caller, faults: Faults) -> None:
    faults("lacks=Query.userByEmail")
    email = await listed.refused("get_user", user_id="nobody@example.com")
    assert email["message"] == "This Panther has no Query.userByEmail."
    assert (await names(listed))["get_user"].startswith("USABLE IN PART: This Panther has no Query.userByEmail. ")


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_a_client_hears_that_the_list_has_changed(panther: Panther, faults: Faults, mode: str) -> None:
    from panther_mcp.server import create_server
    from panther_mcp.settings import Secret, Settings

    listening = Listening()
    settings = Settings(api_token=Secret(panther.token), instance_url=panther.url, toolsets=("all",))
    async with Client(create_server(settings), mode=mode, message_handler=listening) as client:
        faults("lacks=Query.generalSettings")
        for _ in range(2):
            await client.call_tool_mcp("get_general_settings", {})
    assert listening.heard.count("notifications/tools/list_changed") == 1


def test_what_was_found_is_forgotten_after_an_hour() -> None:
    now = 0.0
    memory = DriftMemory(lambda: now)
    memory.disable("GetUser", "This Panther has no Query.userById.")
    now = REMEMBERED_SECONDS - 1
    assert memory.unsupported("GetUser") == "This Panther has no Query.userById."
    assert memory.changes == 1
    now = REMEMBERED_SECONDS
    assert memory.unsupported("GetUser") is None
    memory.disable("GetUser", "again")
    assert memory.changes == 2

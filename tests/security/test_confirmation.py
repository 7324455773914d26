"""Changes that a person agrees to: previews, confirmations of every kind, and what does not count as one."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from fastmcp import Client

from panther_mcp import Secret, Settings, create_server
from panther_mcp.changes import LIFETIME_SECONDS, Change, Confirmations
from panther_mcp.errors import BlockedByPolicy, ConfirmationRequired, Conflict

TITLE = "forwarded outside"
Connect = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
async def careful(panther: Any, connect: Connect) -> AsyncIterator[Any]:
    """A client that cannot ask its person, of a server that has every change confirmed."""
    async with connect(token=panther.token, instance_url=panther.url, confirm="always") as caller:
        yield caller


@pytest.fixture
def alert(panther: Any) -> str:
    return panther.alert(TITLE)["id"]


def comments(panther: Any, alert: str) -> list[str]:
    return [item["body"] for item in panther.all("/alert-comments", **{"alert-id": alert})]


async def test_a_dry_run_changes_nothing_and_tells_all(mcp: Any, panther: Any, alert: str) -> None:
    found = await mcp("add_alert_comment", alert_id=alert, comment="not yet", dry_run=True)
    after = {"alert_id": alert, "comment": "not yet"}
    assert found == {"dry_run": True, "change": {"tool": "add_alert_comment", "after": after}}
    assert "not yet" not in comments(panther, alert)


async def test_a_dry_run_must_be_true_or_false(mcp: Any, panther: Any, alert: str) -> None:
    for odd in ("yes", 1, [True], {}):
        error = await mcp.refused("add_alert_comment", alert_id=alert, comment="odd", dry_run=odd)
        assert (error["code"], error["message"]) == (
            "invalid_input",
            "These arguments do not fit: dry_run: it is true or false.",
        )
    error = await mcp.refused("add_alert_comment", alert_id=alert, comment="odd", dryrun=True)
    assert error["code"] == "invalid_input"
    assert "odd" not in comments(panther, alert)


async def test_a_change_waits_for_its_confirmation(careful: Any, panther: Any, alert: str) -> None:
    asked = {"alert_id": alert, "comment": "agreed"}
    error = await careful.refused("add_alert_comment", asked)
    assert error["code"] == "confirmation_required"
    assert error["details"]["preview"] == {"tool": "add_alert_comment", "after": asked}
    assert "agreed" not in comments(panther, alert)
    confirmation = error["details"]["confirmation"]
    made = await careful("add_alert_comment", asked | {"confirmation": confirmation})
    assert made["body"] == "agreed"
    again = await careful.refused("add_alert_comment", asked | {"confirmation": confirmation})
    assert (again["code"], again["message"][:35]) == ("confirmation_required", "This confirmation is unknown, used ")
    assert comments(panther, alert).count("agreed") == 1


async def test_the_confirmation_of_a_dry_run_counts(careful: Any, panther: Any, alert: str) -> None:
    asked = {"alert_id": alert, "comment": "after a dry run"}
    preview = await careful("add_alert_comment", asked | {"dry_run": True})
    await careful("add_alert_comment", asked | {"confirmation": preview["confirmation"]})
    assert "after a dry run" in comments(panther, alert)


ALTERED = {
    "another argument": ("add_alert_comment", {"comment": "something else"}, "blocked_by_policy"),
    "another tool": ("update_alert_status", {"status": "CLOSED"}, "blocked_by_policy"),
}


@pytest.mark.parametrize(("tool", "changed", "code"), ALTERED.values(), ids=ALTERED)
async def test_a_confirmation_is_of_one_call(careful, panther, alert, tool, changed, code) -> None:
    preview = await careful("add_alert_comment", alert_id=alert, comment="this", dry_run=True)
    arguments = {"alert_id": alert, "alert_ids": [alert], "comment": "this"} | changed
    offered = careful.tools[tool].input_schema["properties"]
    named = {name: value for name, value in arguments.items() if name in offered}
    error = await careful.refused(tool, named | {"confirmation": preview["confirmation"]})
    assert (error["code"], error["details"]) == (code, {"rule": "confirmation"})
    # It is used up all the same.
    error = await careful.refused(
        "add_alert_comment", alert_id=alert, comment="this", confirmation=preview["confirmation"]
    )
    assert error["code"] == "confirmation_required"
    assert "this" not in comments(panther, alert)


@pytest.mark.parametrize("made_up", ["yes", "true", "0", "A" * 24, "x" * 10_000, "\u202e"])
async def test_a_made_up_confirmation_confirms_nothing(careful, panther, alert, made_up) -> None:
    error = await careful.refused("add_alert_comment", alert_id=alert, comment="made up", confirmation=made_up)
    assert error["code"] == "confirmation_required"
    assert "confirmation" not in error.get("details", {})
    assert "made up" not in comments(panther, alert)


async def test_a_server_that_confirms_nothing_asks_nothing(panther, connect, alert) -> None:
    async with connect(token=panther.token, instance_url=panther.url, confirm="never") as caller:
        assert not any("confirmation" in tool.input_schema["properties"] for tool in caller.tools.values())
        await caller("add_alert_comment", alert_id=alert, comment="at once")
    assert "at once" in comments(panther, alert)


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
@pytest.mark.parametrize(
    ("action", "content", "done"),
    [("accept", True, True), ("accept", False, False), ("decline", None, False), ("cancel", None, False)],
)
async def test_the_person_is_asked_where_the_client_can(panther, alert, mode, action, content, done) -> None:
    from fastmcp.client.elicitation import ElicitResult

    asked: list[str] = []

    async def answer(message: str, response_type: Any, params: Any, context: Any) -> Any:
        asked.append(message)
        (name,) = params.requested_schema["properties"]
        return ElicitResult(action=action, content={name: content} if action == "accept" else None)

    settings = Settings(instance_url=panther.url, api_token=Secret(panther.token), confirm="always")
    body = f"asked {mode} {action} {content}"
    async with Client(create_server(settings, standalone=True), mode=mode, elicitation_handler=answer) as client:
        result = await client.call_tool_mcp("add_alert_comment", {"alert_id": alert, "comment": body})
    assert len(asked) == 1
    assert "add_alert_comment would make this change in Panther" in asked[0]
    assert body in asked[0]
    assert (body in comments(panther, alert)) == done
    if not done:
        assert result.is_error
        assert result.structured_content["error"]["details"] == {"rule": "declined"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def change(**after: Any) -> Change:
    return Change("tool", {"status": "OPEN"}, after)


def test_a_confirmation_expires() -> None:
    clock = Clock()
    confirmations = Confirmations(clock)
    token = confirmations.offer("call", change(status="CLOSED"))
    assert confirmations.pending() == 1
    clock.now = LIFETIME_SECONDS
    assert confirmations.pending() == 0
    with pytest.raises(ConfirmationRequired):
        confirmations.redeem(token, "call", change(status="CLOSED"))


def test_a_state_that_moved_is_a_conflict() -> None:
    confirmations = Confirmations()
    token = confirmations.offer("call", Change("tool", {"status": "OPEN"}, {"status": "CLOSED"}))
    with pytest.raises(Conflict) as caught:
        confirmations.redeem(token, "call", Change("tool", {"status": "TRIAGED"}, {"status": "CLOSED"}))
    assert caught.value.details["preview"]["before"] == {"status": "TRIAGED"}


def test_the_order_of_fields_does_not_matter() -> None:
    confirmations = Confirmations()
    token = confirmations.offer("call", change(a=1, b=2))
    confirmations.redeem(token, "call", change(b=2, a=1))


def test_the_number_of_confirmations_is_bounded() -> None:
    confirmations = Confirmations()
    first = confirmations.offer("call", change())
    for _ in range(1_000):
        confirmations.offer("call", change())
    assert confirmations.pending() == 1_000
    with pytest.raises(ConfirmationRequired):
        confirmations.redeem(first, "call", change())


def test_a_confirmation_of_another_call_is_blocked() -> None:
    confirmations = Confirmations()
    with pytest.raises(BlockedByPolicy):
        confirmations.redeem(confirmations.offer("one", change()), "two", change())


async def test_the_session_tells_what_waits_for_its_person(panther, connect, alert) -> None:
    settings = {"token": panther.token, "instance_url": panther.url, "confirm": "always", "mode": "legacy"}
    async with connect(**settings) as caller, connect(**settings) as other:
        asked = {"alert_id": alert, "comment": "waits"}
        assert (await caller("get_session_info"))["confirmations_pending"] == 0
        error = await caller.refused("add_alert_comment", asked)
        assert (await caller("get_session_info"))["confirmations_pending"] == 1
        assert (await other("get_session_info"))["confirmations_pending"] == 0
        await caller("add_alert_comment", asked | {"confirmation": error["details"]["confirmation"]})
        assert (await caller("get_session_info"))["confirmations_pending"] == 0


def test_only_what_was_offered_to_a_session_is_counted_as_its_own() -> None:
    confirmations, one, other = Confirmations(), object(), object()
    confirmations.offer("call", change(), one)
    assert [confirmations.pending(owner) for owner in (None, one, other)] == [1, 1, 0]


async def test_an_expired_confirmation_confirms_nothing(careful, panther, alert, monkeypatch) -> None:
    monkeypatch.setattr("panther_mcp.changes.LIFETIME_SECONDS", 0)
    asked = {"alert_id": alert, "comment": "too late"}
    preview = await careful("add_alert_comment", asked | {"dry_run": True})
    error = await careful.refused("add_alert_comment", asked | {"confirmation": preview["confirmation"]})
    assert (error["code"], "expired" in error["message"]) == ("confirmation_required", True)
    assert "too late" not in comments(panther, alert)


async def test_a_confirmation_is_of_one_state(careful, panther, alert) -> None:
    status = "mutation($i: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $i) { alerts { id } } }"
    panther.graphql(status, i={"ids": [alert], "status": "OPEN"})
    asked = {"alert_ids": [alert], "status": "CLOSED"}
    preview = await careful("update_alert_status", asked | {"dry_run": True})
    panther.graphql(status, i={"ids": [alert], "status": "TRIAGED"})
    error = await careful.refused("update_alert_status", asked | {"confirmation": preview["confirmation"]})
    assert error["code"] == "conflict"
    assert panther.alert(TITLE)["status"] == "TRIAGED"
    panther.graphql(status, i={"ids": [alert], "status": "OPEN"})

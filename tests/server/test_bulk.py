"""Tools that change or read several things, of which single ones go wrong: told item by item, never as success."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

TOKEN = "bulk-test-token-0123456789"
Json = dict[str, Any]


@pytest.fixture
def ids(panther: Any) -> list[str]:
    return [alert["id"] for alert in panther.all("/alerts", limit=50)[:5]]


@pytest.fixture(autouse=True)
async def as_before(panther: Any, ids: list[str]) -> AsyncIterator[None]:
    """Other tests look at the alerts of the sandbox too."""
    held = {one: panther.rest(f"/alerts/{one}") for one in ids}
    yield
    document = "mutation($i: UpdateAlertStatusByIdInput!) { updateAlertStatusById(input: $i) { alerts { id } } }"
    for one, alert in held.items():
        panther.graphql(document, i={"ids": [one], "status": alert["status"]})


def comments(panther: Any, alert_id: str, text: str) -> int:
    found = panther.all("/alert-comments", **{"alert-id": alert_id})
    return [comment["body"] for comment in found].count(text)


def statuses(panther: Any, ids: list[str]) -> set[str]:
    return {panther.rest(f"/alerts/{one}")["status"] for one in ids}


def failures(result: Json) -> list[tuple[str, ...]]:
    return [(one["alert_id"], one["step"], one["code"]) for one in result["failed"]]


async def test_an_alert_that_is_unknown_costs_the_others_nothing(mcp: Any, panther: Any, ids: list[str]) -> None:
    text = str(uuid.uuid4())
    done = await mcp("bulk_update_alerts", alert_ids=[*ids, "no-such-alert"], status="TRIAGED", comment=text)
    assert done["status_updated"] == done["commented"] == ids
    assert failures(done) == [("no-such-alert", "read", "not_found")]
    assert statuses(panther, ids) == {"TRIAGED"}
    changed = await mcp("update_alert_status", alert_ids=["no-such-alert", *ids], status="RESOLVED")
    assert [alert["id"] for alert in changed["alerts"]] == ids
    assert failures(changed) == [("no-such-alert", "read", "not_found")]
    person = panther.all("/users")[0]["id"]
    assigned = await mcp("update_alert_assignee", alert_ids=["no-such-alert", *ids], assignee_id=person)
    assert [alert["id"] for alert in assigned["alerts"]] == ids
    assert failures(assigned) == [("no-such-alert", "read", "not_found")]


async def test_an_alert_that_cannot_be_read_is_left_alone_and_told(mcp: Any, panther: Any, ids: list[str]) -> None:
    before = statuses(panther, ids)
    assert before != {"CLOSED"}
    with panther.going_wrong("errors=only;operation=GetAlertState;times=1"):
        done = await mcp("bulk_update_alerts", alert_ids=ids, status="CLOSED")
    (failed,) = done["failed"]
    assert (failed["step"], failed["code"]) == ("read", "upstream_error")
    assert done["status_updated"] == [one for one in ids if one != failed["alert_id"]]
    assert statuses(panther, done["status_updated"]) == {"CLOSED"}
    assert panther.rest(f"/alerts/{failed['alert_id']}")["status"] in before
    # To repeat the call mends it.
    again = await mcp("bulk_update_alerts", alert_ids=ids, status="CLOSED")
    assert again == {"status_updated": ids}


@pytest.mark.parametrize(
    ("fault", "code", "made"),
    [("status=403", "permission_denied", False), ("reset;when=after", "unavailable", True)],
    ids=["fails", "answer is lost"],
)
async def test_a_comment_that_fails_is_told_and_a_repeated_call_says_nothing_twice(
    fault: str, code: str, made: bool, mcp: Any, panther: Any, ids: list[str]
) -> None:
    text = str(uuid.uuid4())
    with panther.going_wrong(f"{fault};operation=AddAlertComment;times=1"):
        done = await mcp("bulk_update_alerts", alert_ids=ids, status="TRIAGED", comment=text)
    (failed,) = done["failed"]
    assert (failed["step"], failed["code"]) == ("commented", code)
    # Where the change may have been made, that is said.
    assert ("unknown" in failed.get("hint", "")) is made
    assert done["status_updated"] == ids
    assert done["commented"] == [one for one in ids if one != failed["alert_id"]]
    again = await mcp("bulk_update_alerts", alert_ids=ids, status="TRIAGED", comment=text)
    assert "failed" not in again
    assert again["commented"] == ([] if made else [failed["alert_id"]])
    assert sorted([*again["commented"], *again["already_commented"]]) == sorted(ids)
    assert [comments(panther, one, text) for one in ids] == [1] * len(ids)


async def test_one_of_several_changes_that_fails_leaves_the_others(mcp: Any, panther: Any, ids: list[str]) -> None:
    text, person = str(uuid.uuid4()), panther.all("/users")[0]["id"]
    with panther.going_wrong("status=403;operation=UpdateAlertStatus"):
        done = await mcp("bulk_update_alerts", alert_ids=ids, status="CLOSED", assignee_id=person, comment=text)
    assert failures(done) == [(one, "status_updated", "permission_denied") for one in ids]
    assert done["assignee_updated"] == done["commented"] == ids
    assert "CLOSED" not in statuses(panther, ids)


async def test_where_nothing_was_done_it_is_an_error_with_each_failure(mcp: Any, panther: Any, ids: list[str]) -> None:
    with panther.going_wrong("status=403;operation=AddAlertComment"):
        error = await mcp.refused("bulk_update_alerts", alert_ids=[*ids, "no-such-alert"], comment=str(uuid.uuid4()))
        alike = await mcp.refused("bulk_update_alerts", alert_ids=ids, comment=str(uuid.uuid4()))
    assert error["code"] == "permission_denied"
    assert sorted(one["alert_id"] for one in error["details"]["failed"]) == sorted([*ids, "no-such-alert"])
    assert alike["details"] == {"missing_permissions": ["AlertModify"]}


class TestWhatPantherDoesNotConfirm:
    """Answers that leave items out: no sandbox gives them."""

    @staticmethod
    def alert(alert_id: str) -> Json:
        return {"data": {"alert": {"id": alert_id, "severity": "LOW", "status": "OPEN"}}}

    @pytest.mark.parametrize("tool", ["update_alert_status", "bulk_update_alerts"])
    async def test_alerts(self, tool: str, script: Any, scripted: Any) -> None:
        script.answers["GetAlertState"] = [self.alert("a"), self.alert("b"), self.alert("a"), self.alert("b")]
        script.answers["UpdateAlertStatus"] = {"data": {"updateAlertStatusById": {"alerts": [{"id": "b"}]}}}
        done = await scripted(tool, alert_ids=["a", "b"], status="CLOSED")
        assert failures(done) == [("a", "status_updated", "upstream_error")]
        assert "unknown" in done["failed"][0]["hint"]
        script.answers["UpdateAlertStatus"] = {"data": {"updateAlertStatusById": {"alerts": []}}}
        error = await scripted.refused(tool, alert_ids=["a", "b"], status="CLOSED")
        assert error["code"] == "upstream_error"
        assert [one["alert_id"] for one in error["details"]["failed"]] == ["a", "b"]

    async def test_detections(self, script: Any, scripted: Any) -> None:
        def answer(*ids: str) -> Json:
            return {"data": {"deleteDetections": {"ids": ids, "savedQueryNames": []}}}

        for kind in ("rules", "simple-rules", "scheduled-rules", "policies"):
            for name in "ab":
                script.answers[f"GET /{kind}/{name}"] = (404, {"message": "there is none"})
        script.answers["ListAlertIds"] = (500, {})
        script.answers["DeleteDetections"] = [answer("a", "b"), answer("b"), answer("a", "b"), answer()]
        done = await scripted("delete_detections", detection_ids=["a", "b"])
        assert done["deleted"] == ["b"]
        assert any("did not confirm" in warning and "a" in warning for warning in done["warnings"])
        assert (await scripted.refused("delete_detections", detection_ids=["a", "b"]))["code"] == "upstream_error"

    async def test_queries(self, script: Any, scripted: Any) -> None:
        def answer(*names: str) -> Json:
            return {"data": {"deleteSavedQueriesByName": {"names": names, "detectionIDs": []}}}

        for name in "ab":
            script.answers[f"GET /queries/{name}"] = {"id": name, "name": f"query {name}", "sql": "SELECT 1"}
        script.answers["GET /queries/c"] = (404, {"message": "not found"})
        script.answers["DeleteSavedQueries"] = [answer(), answer("query b"), answer(), answer()]
        done = await scripted("delete_scheduled_queries", query_ids=["a", "b", "c"])
        assert [query["id"] for query in done["deleted"]] == ["b"]
        assert done["not_found"] == ["c"]
        assert any("'query a'" in warning for warning in done["warnings"])
        assert (await scripted.refused("delete_scheduled_queries", query_ids=["a"]))["code"] == "upstream_error"


async def test_a_schema_that_cannot_be_read_costs_the_others_nothing(mcp: Any, panther: Any) -> None:
    names = ["AWS.CloudTrail", "Okta.SystemLog", "GitHub.Audit"]
    with panther.going_wrong("errors=only;operation=GetLogTypeSchemas;times=1"):
        found = await mcp("get_log_type_schema_details", schema_names=names)
    assert len(found["schemas"]) == 2
    (warning,) = found["warnings"]
    (missing,) = {*names} - {schema["name"] for schema in found["schemas"]}
    assert warning.startswith(f"{missing} could not be read: ")
    assert "not_found" not in found


async def test_a_kind_of_detections_that_cannot_be_read_costs_the_others_nothing(mcp: Any, panther: Any) -> None:
    asked = {"detection_id": "Okta.MFA.PushFatigue", "detection_type": ["rules", "policies"]}
    with panther.going_wrong("status=500;operation=GET /policies/{id}"):
        found = await mcp("get_detection", asked)
        assert [one["type"] for one in found["detections"]] == ["rules"]
        assert "not_found_in" not in found
        assert found["warnings"][0].startswith("policies could not be read: ")
        # That it is nowhere would not be known.
        unknown = await mcp.refused("get_detection", asked | {"detection_id": "No.Such.Detection"})
    assert unknown["code"] == "unavailable"

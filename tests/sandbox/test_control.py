"""The control routes: the journal of changes, and the checkpoint."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from panther_sandbox.server import SandboxAddress, SandboxServer

STATUS = (
    "mutation Change($ids: [ID!]!) { done: updateAlertStatusById(input: {ids: $ids, status: CLOSED}) { __typename } }"
)


@pytest.fixture(scope="module")
def address() -> Iterator[SandboxAddress]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def http(address: SandboxAddress) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=address.instance_url, headers={"X-API-Key": address.api_token}) as client:
        yield client


def comment(http: httpx2.Client, alert: str, body: str, **headers: str) -> httpx2.Response:
    content = {"alertId": alert, "body": body, "format": "PLAIN_TEXT"}
    return http.post("/alert-comments", json=content, headers=headers)


def journal(http: httpx2.Client, after: int) -> Any:
    return http.get("/sandbox/journal", params={"after": after}).json()


def test_the_journal_has_what_was_done_and_nothing_else(http: httpx2.Client) -> None:
    alert = http.get("/alerts").json()["results"][0]["id"]
    before = journal(http, 0)["last"]
    comment(http, alert, "kept")
    comment(http, alert, "refused", **{"X-Sandbox-Fault": "status=503"})
    comment(http, alert, "answer lost", **{"X-Sandbox-Fault": "status=503;when=after"})
    assert comment(http, "none", "of no alert").status_code == 404
    http.get("/users")
    http.post("/public/graphql", json={"query": STATUS, "variables": {"ids": [alert]}})
    http.post("/public/graphql", json={"query": STATUS, "variables": {"ids": ["none"]}})
    http.post("/public/graphql", json={"query": "{ generalSettings { pantherVersion } }"})
    found = journal(http, before)
    done = [(one["operation"], one["input"].get("body", {}).get("body")) for one in found["entries"]]
    assert done == [
        ("POST /alert-comments", "kept"),
        ("POST /alert-comments", "answer lost"),
        ("updateAlertStatusById", None),
    ]
    assert [one["number"] for one in found["entries"]] == [before + 1, before + 2, before + 3]
    assert found["last"] == before + 3
    assert len({one["sha256"] for one in found["entries"]}) == 3


def test_a_checkpoint_is_gone_back_to_as_often_as_one_likes(http: httpx2.Client) -> None:
    assert http.post("/sandbox/checkpoint").status_code == 409
    assert http.put("/sandbox/checkpoint").status_code == 204
    users = http.get("/users").json()
    for _ in range(2):
        assert http.delete(f"/users/{users['results'][0]['id']}").is_success
        assert http.get("/users").json() != users
        assert http.post("/sandbox/checkpoint").status_code == 204
        assert http.get("/users").json() == users


def test_only_the_token_that_may_do_everything_controls(address: SandboxAddress) -> None:
    for token, status in ((address.read_only_token, 403), ("nonsense", 401)):
        with httpx2.Client(base_url=address.instance_url, headers={"X-API-Key": token}) as client:
            assert client.get("/sandbox/journal").status_code == status
            assert client.put("/sandbox/checkpoint").status_code == status


def test_no_fault_befalls_the_control_routes(http: httpx2.Client) -> None:
    http.put("/sandbox/faults", json={"faults": ["status=503"]})
    assert http.get("/sandbox/journal").status_code == 200
    assert http.get("/users").status_code == 503
    http.delete("/sandbox/faults")


@pytest.mark.parametrize("after", ["-1", "x", "9" * 20])
def test_a_number_that_is_none(http: httpx2.Client, after: str) -> None:
    assert http.get("/sandbox/journal", params={"after": after}).status_code == 400

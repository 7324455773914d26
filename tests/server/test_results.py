"""From models to results: no nulls, connections as lists, chosen fields; tolerant of what a newer Panther sends."""

from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from panther_client.graphql.get_alert import GetAlertAlert
from panther_client.graphql.list_alerts import ListAlerts
from panther_client.rest_models import Rule, RuleListResp
from panther_mcp.errors import NotFound, UpstreamError
from panther_mcp.results import listing, page, plain, record


class Colour(Enum):
    RED = "RED"


class Thing(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    id: str | None = None
    kind: str | None = Field(None, alias="type")
    colour: Colour | str | None = None
    tags: list[str | None] | None = None
    part: "Thing | None" = None
    log: Any = None
    ok: bool | None = None
    count: int | None = None


class Edge(BaseModel):
    node: Any = None


class Info(BaseModel):
    hasNextPage: bool | None = None  # noqa: N815 - GraphQL's name
    endCursor: str | None = None  # noqa: N815 - GraphQL's name


class Connection(BaseModel):
    edges: list[Edge | None] | None = None
    pageInfo: Info | None = None  # noqa: N815 - GraphQL's name


class Listed(BaseModel):
    results: list[Thing] | None = None
    next: str | None = None


RECORDS = {
    "nulls are left out": (Thing(id="1"), {"id": "1"}),
    "empty ones too": (Thing(id="1", kind="", tags=[], part=Thing()), {"id": "1"}),
    "false and zero are values": (Thing(ok=False, count=0), {"ok": False, "count": 0}),
    "aliases are the names": (Thing(kind="x"), {"type": "x"}),
    "enums are their values": (Thing(colour=Colour.RED), {"colour": "RED"}),
    "nulls in lists": (Thing(tags=["a", None, "b"]), {"tags": ["a", "b"]}),
    "parts": (Thing(part=Thing(id="2")), {"part": {"id": "2"}}),
    "logs as they came": (
        Thing(log={"a": None, "b": "", "c": [None, {}]}),
        {"log": {"a": None, "b": "", "c": [None, {}]}},
    ),
}


@pytest.mark.parametrize(("answer", "expected"), RECORDS.values(), ids=RECORDS)
def test_record(answer, expected):
    assert record(answer) == expected
    assert plain(answer) == expected


def test_record_at_a_path_with_chosen_fields():
    answer = Thing(part=Thing(id="2", kind="x", part=Thing(id="3", count=4)))
    assert record(answer, path="part", fields=("id", "part.count", "nope.more")) == {"id": "2", "part": {"count": 4}}


@pytest.mark.parametrize(("answer", "path"), [(None, ""), (Thing(), "part"), (Thing(), "part.part"), (Thing(), "nope")])
def test_record_of_nothing_is_not_found(answer, path):
    with pytest.raises(NotFound, match="Panther has no such object") as caught:
        record(answer, path=path)
    assert caught.value.hint


def test_plain_of_nothing_is_empty():
    assert plain(None) == {}


CONNECTION = Connection(
    edges=[Edge(node=Thing(id="1")), None, Edge(node=None), Edge(node={"raw": None})],
    pageInfo=Info(hasNextPage=True, endCursor="c"),
)


def test_pages():
    assert page(CONNECTION, "things") == {"things": [{"id": "1"}, {"raw": None}], "next_cursor": "c"}
    rest = Listed(results=[Thing(id="1", kind="x")], next="n")
    assert page(rest, "things", fields=("id",)) == {"things": [{"id": "1"}], "next_cursor": "n"}


@pytest.mark.parametrize(
    "info", [None, Info(), Info(endCursor="c"), Info(hasNextPage=True), Info(hasNextPage=False, endCursor="c")]
)
def test_a_last_page_has_no_cursor(info):
    assert page(Connection(pageInfo=info), "things") == {"things": []}


@pytest.mark.parametrize("answer", [None, Connection(), Listed(), Listed(results=[], next="")])
def test_an_empty_page_is_an_empty_list(answer):
    assert page(answer, "things") == {"things": []}


def test_listing():
    assert listing([Thing(id="1"), None, Thing()], "things") == {"things": [{"id": "1"}, {}]}
    assert listing(CONNECTION, "things", path="edges") == {
        "things": [{"node": {"id": "1"}}, {}, {"node": {"raw": None}}]
    }
    assert listing(None, "things") == {"things": []}
    with pytest.raises(UpstreamError, match="something else than a list"):
        listing(Thing(id="1"), "things")


ALERT = {
    "id": "a",
    "severity": "APOCALYPTIC",
    "status": "OPEN",
    "type": "NEW_KIND",
    "assignee": None,
    "origin": {"__typename": "Oracle", "detectionId": "d", "sees": ["x"], "nothing": None},
    "updatedBy": {"__typename": "User", "id": "u", "email": "u@x"},
    "deliveries": [None, {"label": "l", "success": False, "statusCode": 503, "message": None}],
    "field_of_tomorrow": 1,
}


def test_what_the_client_does_not_know_is_passed_on():
    assert record(GetAlertAlert.model_validate(ALERT)) == {
        "id": "a",
        "severity": "APOCALYPTIC",
        "status": "OPEN",
        "type": "NEW_KIND",
        "origin": {"__typename": "Oracle", "detectionId": "d", "sees": ["x"]},
        "updatedBy": {"id": "u", "email": "u@x"},
        "deliveries": [{"label": "l", "success": False, "statusCode": 503}],
    }


def test_a_known_member_of_a_union_shows_no_typename():
    origin = {"__typename": "SystemError", "errorType": "SOURCE_ON_FIRE", "relatedComponent": None}
    assert record(GetAlertAlert.model_validate({"origin": origin}))["origin"] == {"errorType": "SOURCE_ON_FIRE"}


def test_one_odd_item_does_not_lose_the_page():
    edges = [{"node": ALERT}, {"node": None}, None, {"node": {"id": "b", "origin": None}}]
    answer = ListAlerts.model_validate(
        {"alerts": {"edges": edges, "pageInfo": {"hasNextPage": True, "endCursor": "c"}}}
    )
    found = page(answer, "alerts", path="alerts")
    assert ([alert["id"] for alert in found["alerts"]], found["next_cursor"]) == (["a", "b"], "c")


def test_rest_models_are_read_alike():
    rule = {
        "id": "r",
        "enabled": False,
        "tags": [],
        "tests": [{"name": "t", "mocks": [{"f": "1"}], "resource": "", "expectedResult": True}],
        "new": 1,
    }
    expected = {"id": "r", "enabled": False, "tests": [{"expectedResult": True, "mocks": [{"f": "1"}], "name": "t"}]}
    assert record(Rule.model_validate(rule)) == expected
    assert page(RuleListResp.model_validate({"results": [rule], "next": None}), "items") == {"items": [expected]}

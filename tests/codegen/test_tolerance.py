"""The generated clients against answers of a newer, or a limping, Panther: nothing raises, known values survive."""

import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from panther_client.graphql.client import PantherGraphQL
from panther_client.graphql.enums import AlertStatus, Severity
from panther_client.graphql.input_types import AlertsInput
from panther_client.rest import PantherREST
from panther_codegen.generate import generate
from panther_codegen.write import apply, changes

from .support import API, HERE, documented, project_of


@dataclass
class Scripted:
    """A transport that answers with what it is given, and remembers what it was sent."""

    data: dict[str, Any]
    errors: tuple[dict[str, Any], ...] = ()
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    async def graphql(self, query: str, *, operation_name: str, variables: Mapping[str, Any]) -> "Scripted":
        self.sent.append(variables)
        return self

    async def rest(
        self, method: str, path: str, *, query: Mapping[str, object] | None = None, body: object = None
    ) -> bytes:
        return json.dumps(self.data).encode()


ALERT: dict[str, Any] = {
    "id": "a1",
    "title": "Odd login",
    "severity": "HIGH",
    "status": "OPEN",
    "type": "RULE",
    "createdAt": "2026-11-20T10:00:00Z",
    "origin": {"__typename": "Detection", "detectionId": "Okta.Login", "name": "Odd login"},
}


async def alert(**changed: Any) -> Any:
    return await PantherGraphQL(Scripted({"alert": {**ALERT, **changed}})).get_alert(id="a1")


async def test_what_is_known_becomes_typed() -> None:
    found = await alert()
    assert (found.severity, found.status) == (Severity.HIGH, AlertStatus.OPEN)
    assert type(found.origin).__name__ == "AlertFieldsOriginDetection"
    assert found.origin.name == "Odd login"


async def test_an_unknown_enum_value_stays_a_string() -> None:
    found = await alert(severity="APOCALYPTIC")
    assert (found.severity, found.status, found.title) == ("APOCALYPTIC", AlertStatus.OPEN, "Odd login")


async def test_an_unknown_union_member_keeps_all_that_it_has() -> None:
    found = await alert(origin={"__typename": "AIAgent", "agentId": "x", "nested": {"a": [1]}})
    assert found.origin.typename__ == "AIAgent"
    assert found.origin.model_extra == {"agentId": "x", "nested": {"a": [1]}}
    assert found.severity is Severity.HIGH


@pytest.mark.parametrize("value", [{"detectionId": "d"}, {"__typename": None, "detectionId": "d"}, {}], ids=str)
async def test_a_union_member_without_its_name_is_kept(value: dict[str, Any]) -> None:
    found = await alert(origin=value)
    assert (found.origin.model_extra or {}).get("detectionId") == value.get("detectionId")
    assert found.title == "Odd login"


@pytest.mark.parametrize("name", ALERT)
async def test_a_null_where_the_schema_allows_none_costs_only_that_field(name: str) -> None:
    found = (await alert(**{name: None})).model_dump(mode="json", by_alias=True)
    assert found[name] is None
    assert {key: found[key] for key in ALERT if key != name} == {key: ALERT[key] for key in ALERT if key != name}


@pytest.mark.parametrize("name", ALERT)
async def test_a_missing_field_is_none(name: str) -> None:
    answer = {key: value for key, value in ALERT.items() if key != name}
    found = await PantherGraphQL(Scripted({"alert": answer})).get_alert(id="a1")
    assert found is not None
    assert found.model_dump(by_alias=True)[name] is None


@pytest.mark.parametrize("data", [{"alert": None}, {}], ids=str)
async def test_an_answer_without_its_root_field_is_none(data: dict[str, Any]) -> None:
    assert await PantherGraphQL(Scripted(data)).get_alert(id="a1") is None


async def test_a_null_item_of_a_list_does_not_cost_the_others() -> None:
    edges = [None, {"node": None}, {"node": ALERT}, {}]
    found = await PantherGraphQL(Scripted({"alerts": {"edges": edges}})).list_alerts(input=AlertsInput(), full=False)
    assert found is not None
    assert found.edges is not None
    assert [edge.node.id for edge in found.edges if edge and edge.node] == ["a1"]
    assert found.pageInfo is None


async def test_errors_beside_partial_data_are_kept() -> None:
    errors = ({"message": "deliveries timed out", "path": ["alert", "deliveries"]},)
    client = PantherGraphQL(Scripted({"alert": {**ALERT, "deliveries": None}}, errors))
    found = await client.get_alert(id="a1")
    assert found is not None
    assert found.title == "Odd login"
    assert client.partial_errors == list(errors)


async def test_inputs_stay_strict_and_send_only_what_was_given() -> None:
    with pytest.raises(ValueError, match="severities"):
        AlertsInput.model_validate({"severities": ["APOCALYPTIC"]})
    transport = Scripted({"alerts": {"edges": []}})
    await PantherGraphQL(transport).list_alerts(input=AlertsInput(severities=[Severity.HIGH], cursor=None), full=False)
    (sent,) = transport.sent
    assert sent["input"]["severities"] == ["HIGH"]
    assert None not in sent["input"].values()


async def test_a_rest_answer_may_miss_fields_and_hold_unknown_ones() -> None:
    user = {"id": "u1", "status": "ON_LEAVE", "role": {"id": "r1", "clearance": 9}, "badge": "x"}
    found = await PantherREST(Scripted({"results": [user, {}]})).user_list()
    assert found is not None
    assert found.model_dump(exclude_none=True) == {
        "results": [{"id": "u1", "status": "ON_LEAVE", "role": {"id": "r1"}}, {}]
    }


@pytest.fixture(scope="module")
def case_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Return the client module of the case with an interface, which no tool of Panther's selects yet."""
    root = tmp_path_factory.mktemp("case")
    project = project_of(root, API, HERE / "cases" / "union_and_interface")
    apply(root, changes(root, generate(project, documented).files))
    folder = root / "generated/panther_client/graphql"
    yield _imported("case_client", folder / "__init__.py", str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "case_client"]:
        del sys.modules[name]


def _imported(name: str, path: Path, folder: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[folder])
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return importlib.import_module(f"{name}.client")


SOURCE = {"id": "s1", "label": "CloudTrail"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"__typename": "S3Source", **SOURCE, "bucket": "logs"}, {**SOURCE, "bucket": "logs"}),
        ({"__typename": "AzureSource", **SOURCE}, SOURCE),
        (SOURCE, SOURCE),
        ({"__typename": None, **SOURCE}, SOURCE),
        ({"__typename": "S3Source"}, {}),
    ],
    ids=["known", "unknown", "nameless", "null name", "empty"],
)
async def test_any_implementation_of_an_interface_keeps_its_fields(
    case_client: ModuleType, given: dict[str, str], kept: dict[str, str]
) -> None:
    found = await case_client.PantherGraphQL(Scripted({"alert": {"source": given}})).read_origin(id="a1")
    assert found.source.model_dump(exclude={"typename__"}, exclude_none=True) == kept

"""`schema diff`: changes are told by how grave they are, with the tools that each touches; they decide its status."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from panther_codegen.cli import app
from panther_sandbox.server import SandboxAddress, SandboxServer

from .support import HERE, REPO, Golden

OLD = """
type Query { things(input: ThingsInput): [Thing!]!  odds: [Odd] }
input ThingsInput { colors: [Color!]  name: String }
enum Color { RED GREEN }
type Thing { id: ID!  color: Color  size: Int  owner: Owner }
union Owner = Person | Robot
type Person { name: String }
type Robot { serial: Int }
type Odd { id: ID }
"""
NEW = """
type Query { things(input: ThingsInput, tenant: ID!): [Thing!]!  odds: [Odd]  more: [Thing] }
input ThingsInput { colors: [Color!]  realm: ID!  note: String }
enum Color { RED BLUE }
type Thing { id: ID!  color: Color  size: String  owner: Owner  weight: Int }
union Owner = Person | Team
type Person { title: String }
type Robot { serial: Int }
type Team { id: ID }
type Odd { number: Int }
"""
USAGE: dict[str, Any] = {
    "graphql": {
        "ListThings": {
            "fields": [
                [3, "Query.things"],
                [4, "Thing.color"],
                [5, "Thing.size"],
                [6, "Thing.owner"],
                [7, "Person.name"],
            ],
            "arguments": {"Query.things(input:)": "ThingsInput"},
            "inputs": ["Color", "ThingsInput"],
        }
    },
    "types": {
        "Query.things": "[Thing!]!",
        "Thing.color": "Color",
        "Thing.size": "Int",
        "Thing.owner": "Owner",
        "Person.name": "String",
    },
    "inputs": {"ThingsInput": {"colors": "[Color!]", "name": "String"}},
    "enums": {"Color": ["RED", "GREEN"]},
    "rest": {"thing_list": "GET /things", "thing_put": "PUT /things/{id}"},
    "tools": {"list_things": ["ListThings"], "get_things": ["thing_list"], "change_thing": ["thing_put"]},
}
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def openapi(paths: dict[str, Any], **thing: Any) -> str:
    schemas = {
        "Thing": {"type": "object", "properties": thing, "required": [name for name in thing if name == "must"]},
        "Things": {"type": "object", "properties": {"results": {"type": "array", "items": ref("Thing")}}},
    }
    document = {"openapi": "3.0.3", "info": {"version": "1"}, "paths": paths, "components": {"schemas": schemas}}
    return json.dumps(document)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def content(name: str) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": ref(name)}}}


def query(name: str, schema: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def operation(name: str, *params: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, "parameters": list(params), "responses": {"200": content("Things")}, **more}


OLD_REST = openapi(
    {
        "/things": {
            "get": operation(
                "thing_list",
                query("color", {**TEXT, "enum": ["RED", "GREEN"]}),
                query("max", NUMBER),
                query("name", TEXT),
            ),
            "post": operation("thing_create"),
        },
        "/things/{id}": {"put": operation("thing_put", requestBody=content("Thing"))},
    },
    id=TEXT,
    size=NUMBER,
    tags={"type": "array", "items": TEXT},
    color={**TEXT, "enum": ["RED"]},
)
NEW_REST = openapi(
    {
        "/things": {
            "get": operation(
                "thing_list",
                query("color", {**TEXT, "enum": ["RED"]}),
                query("max", TEXT),
                query("realm", TEXT, required=True),
                query("note", TEXT),
            ),
            "delete": operation("thing_delete"),
        },
        "/things/{id}": {"put": operation("thing_put", requestBody=content("Thing"))},
    },
    size=TEXT,
    tags={"type": "array", "items": NUMBER},
    color={**TEXT, "enum": ["RED", "BLUE"]},
    must=TEXT,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "schema").mkdir()
    (tmp_path / "generated/panther_tools").mkdir(parents=True)
    (tmp_path / "generated/panther_tools/usage.json").write_text(json.dumps(USAGE), encoding="utf-8")
    return tmp_path


def diff(root: Path, *given: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["schema", "diff", *given, "--root", str(root)])
    return done.exit_code, done.stdout, done.stderr


def diffed(root: Path, old: str, new: str, *given: str) -> tuple[int, str, str]:
    (root / "old").write_text(old, encoding="utf-8")
    (root / "new").write_text(new, encoding="utf-8")
    return diff(root, str(root / "old"), str(root / "new"), *given)


@pytest.mark.parametrize(("name", "old", "new"), [("graphql", OLD, NEW), ("rest", OLD_REST, NEW_REST)])
def test_changes_are_told_by_gravity_with_the_tools_they_touch(
    name: str, old: str, new: str, root: Path, golden: Golden
) -> None:
    status, said, complaint = diffed(root, old, new)
    assert (status, complaint) == (1, "")
    golden.check(HERE / "diffs" / f"{name}.md", said)


@pytest.mark.parametrize(("old", "new"), [(OLD, NEW), (OLD_REST, NEW_REST)], ids=["graphql", "rest"])
def test_json_says_the_same(old: str, new: str, root: Path) -> None:
    text = diffed(root, old, new)[1]
    status, said, _ = diffed(root, old, new, "--json")
    found = json.loads(said)
    assert (status, found["breaks_a_tool"]) == (1, True)
    assert [change["message"] in text for change in found["changes"]] == [True] * text.count("\n- ")


@pytest.mark.parametrize(("old", "new"), [(OLD, OLD), (OLD_REST, OLD_REST)], ids=["graphql", "rest"])
def test_nothing_has_changed(old: str, new: str, root: Path) -> None:
    assert diffed(root, old, new) == (0, "Nothing has changed.\n", "")


def test_what_breaks_only_what_no_tool_uses_is_no_failure(root: Path) -> None:
    status, said, _ = diffed(root, OLD, OLD.replace("type Odd { id: ID }", "type Odd { number: Int }"))
    assert status == 0
    assert "- Odd.id was removed.\n" in said + "\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (OLD, OLD_REST, "compare the same half"),
        (OLD, "prose", "neither an introspection result nor SDL"),
        (OLD_REST, '{"openapi": "3.0.3"}', "not a whole OpenAPI document"),
    ],
)
def test_what_cannot_be_compared_exits_with_two(old: str, new: str, said: str, root: Path) -> None:
    status, out, complaint = diffed(root, old, new)
    assert (status, out) == (2, "")
    assert said in complaint


def test_missing_files_exit_with_two(root: Path) -> None:
    assert diff(root, str(root / "none"), str(root / "none"))[0] == 2
    assert diff(root)[::2] == (2, "0 files are given: give OLD and NEW, or --url and at most OLD.\n")
    (root / "generated/panther_tools/usage.json").unlink()
    assert "What the tools use is unknown" in diffed(root, OLD, NEW)[2]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxAddress]:
    with SandboxServer() as address:
        yield address


def test_a_live_panther_is_compared_with_what_is_checked_in(sandbox: SandboxAddress) -> None:
    url = f"{sandbox.instance_url}/public/graphql"
    status, said, complaint = diff(REPO, "--url", url, "--token", sandbox.api_token)
    assert (status, complaint) == (0, "")
    assert "Breaking" not in said
    # The sandbox answers with more kinds of log sources than the schema publishes, as a live Panther does.
    assert "- HTTPLogIntegration was added." in said
    status, _, complaint = diff(REPO, "--url", url, "--token", "panther-wrong-token")
    assert status == 2
    assert "refuses the token" in complaint

"""`schema import` and `schema pull`: what Panther publishes becomes one canonical form, or a clear refusal."""

import json
import socket
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import (
    build_client_schema,
    build_schema,
    get_introspection_query,
    introspection_from_schema,
    lexicographic_sort_schema,
    print_schema,
)
from typer.testing import CliRunner

from panther_codegen.cli import app
from panther_codegen.schema_files import canonical_openapi, canonical_sdl
from panther_sandbox.server import SandboxAddress, SandboxServer

from .support import REPO, panther_codegen, tree_of

SDL = '''
"""Who looks into it."""
type Query { user(id: ID!): User  "All alerts." alerts: [Alert!]! }
type User { id: ID! }
"An alert."
type Alert {
  title: String @deprecated(reason: "use name")
  severity(
    "Which one." of: Int = 1
  ): Severity!
}
enum Severity { "Bad." HIGH LOW }
'''
CANONICAL = """\
type Alert {
  severity(of: Int = 1): Severity!
  title: String @deprecated(reason: "use name")
}

type Query {
  alerts: [Alert!]!
  user(id: ID!): User
}

enum Severity {
  HIGH
  LOW
}

type User {
  id: ID!
}
"""
OPENAPI: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Panther", "description": "Prose.", "version": "1.2"},
    "tags": [{"name": "alert", "description": "Prose."}],
    "paths": {
        "/api-tokens": {
            "get": {
                "operationId": "api token#list",
                "summary": "List them",
                "tags": ["token"],
                "parameters": [{"name": "q", "in": "query", "description": "Prose.", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "Prose.",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/TokenAPI.ListResp"},
                                "example": {"results": []},
                            }
                        },
                    }
                },
            },
            "post": {"operationId": "simpleRule#put", "responses": {"204": {"description": "Prose."}}},
        }
    },
    "components": {
        "schemas": {
            "TokenAPI.ListResp": {
                "type": "object",
                "properties": {
                    "results": {"type": "array", "items": {"$ref": "#/components/schemas/TokenAPI.Token"}},
                    "description": {"type": "string", "description": "Prose.", "example": "Prose."},
                    "title": {"type": "string", "title": "Prose."},
                },
            },
            "TokenAPI.Token": {"type": "object", "properties": {"id": {"type": "string"}}, "example": {"id": "Prose."}},
        }
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "schema").mkdir()
    return tmp_path


def run(*arguments: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["schema", *map(str, arguments)])
    return done.exit_code, done.stdout, done.stderr


def imported(project: Path, text: str) -> tuple[int, str, str]:
    (project / "given").write_text(text, encoding="utf-8")
    return run("import", project / "given", "--root", project)


def introspection(**wrapped: Any) -> str:
    schema = dict(introspection_from_schema(build_schema(SDL)))
    return json.dumps({"data": schema, **wrapped} if wrapped else schema)


@pytest.mark.parametrize(
    "text",
    [SDL, CANONICAL, introspection(), introspection(extensions={})],
    ids=["SDL", "its own output", "introspection", "an answer with introspection in it"],
)
def test_graphql_becomes_sorted_sdl_without_prose(text: str, project: Path) -> None:
    assert imported(project, text) == (
        0,
        "written: schema/panther.graphql\nNext: python -m panther_codegen generate\n",
        "",
    )
    assert (project / "schema/panther.graphql").read_text(encoding="utf-8") == CANONICAL


def test_openapi_gets_plain_names_and_loses_its_prose(project: Path) -> None:
    status, said, _ = imported(project, json.dumps(OPENAPI))
    assert (status, said.splitlines()[0]) == (0, "written: schema/panther.openapi.json")
    text = (project / "schema/panther.openapi.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert "Prose" not in text
    assert document["info"]["version"] == "1.2"
    path = document["paths"]["/api-tokens"]
    assert [path[method]["operationId"] for method in ("get", "post")] == ["api_token_list", "simple_rule_put"]
    assert path["get"]["responses"]["200"]["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/TokenListResp"}
    }
    schemas = document["components"]["schemas"]
    assert list(schemas) == ["Token", "TokenListResp"]
    assert schemas["TokenListResp"]["properties"] == {
        "results": {"type": "array", "items": {"$ref": "#/components/schemas/Token"}},
        "description": {"type": "string"},
        "title": {"type": "string"},
    }


def test_importing_a_second_time_changes_nothing(project: Path) -> None:
    imported(project, json.dumps(OPENAPI))
    once = (project / "schema/panther.openapi.json").read_text(encoding="utf-8")
    status, said, _ = imported(project, once)
    assert (status, said.splitlines()[0]) == (0, "unchanged: schema/panther.openapi.json")


def test_what_is_checked_in_is_canonical() -> None:
    sdl, openapi = ((REPO / "schema" / name).read_text("utf-8") for name in ("panther.graphql", "panther.openapi.json"))
    assert canonical_sdl(sdl) == sdl
    assert canonical_openapi(openapi) == openapi


NEITHER = "this is neither an introspection result nor SDL: "
NOT_WHOLE = "this is not a whole OpenAPI document: "
JUNK = {
    "nothing": ("", NEITHER),
    "prose": ("This page has moved.", NEITHER),
    "a web page": ("<!DOCTYPE html><html></html>", NEITHER),
    "an operation": ("query { alerts { id } }", f"{NEITHER}it has no type Query"),
    "an unknown type": ("type Query { alert: Alert }", f"{NEITHER}Unknown type 'Alert'"),
    "broken JSON": ('{"data": ', NEITHER),
    "other JSON": ('{"users": []}', NEITHER),
    "an answer with errors only": ('{"data": null, "errors": [{"message": "no"}]}', NEITHER),
    "half an introspection": ('{"data": {"__schema": {}}}', f"{NEITHER}it has no 'types'"),
    "OpenAPI without content": ('{"openapi": "3.0.3"}', f"{NOT_WHOLE}KeyError('info')"),
    "OpenAPI of another shape": ('{"openapi": "3.0.3", "info": {}, "components": {}, "paths": []}', NOT_WHOLE),
    "OpenAPI with a nameless operation": (
        json.dumps({**OPENAPI, "paths": {"/x": {"get": {"responses": {}}}}}),
        "GET /x has no operationId",
    ),
    "OpenAPI with a reference to nothing": (
        json.dumps({**OPENAPI, "components": {"schemas": {}}}),
        f"{NOT_WHOLE}KeyError('TokenAPI.ListResp')",
    ),
    "OpenAPI with two schemas of one name": (
        json.dumps({**OPENAPI, "components": {"schemas": {"A.Alert": {}, "AlertAPI.Alert": {}}}}),
        "the schemas A.Alert and AlertAPI.Alert would both be named Alert",
    ),
}


@pytest.mark.parametrize("name", JUNK)
def test_junk_is_refused_with_its_reason_and_nothing_is_touched(name: str, project: Path) -> None:
    text, reason = JUNK[name]
    (project / "schema/panther.graphql").write_text(CANONICAL, encoding="utf-8")
    before = tree_of(project / "schema")
    status, said, complaint = imported(project, text)
    assert (status, said) == (1, "")
    assert complaint.startswith(f"{project / 'given'}: {reason}")
    assert tree_of(project / "schema") == before


def test_a_good_file_is_not_taken_in_beside_a_bad_one(project: Path) -> None:
    (project / "good").write_text(SDL, encoding="utf-8")
    (project / "bad").write_bytes(b"\xff\xfe\x00")
    status, said, complaint = run("import", project / "good", project / "bad", "--root", project)
    assert (status, said) == (1, "")
    assert complaint.startswith(f"{project / 'bad'}: 'utf-8' codec can't decode")
    assert tree_of(project / "schema") == {}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxAddress]:
    with SandboxServer() as address:
        yield address


def pulled(project: Path, url: str, token: str) -> tuple[int, str]:
    done = panther_codegen("schema", "pull", "--root", project, PANTHER_GQL_API_URL=url, PANTHER_API_TOKEN=token)
    assert token not in done.stdout + done.stderr
    return done.returncode, done.stderr


def test_pull_writes_the_schema_that_the_api_serves(sandbox: SandboxAddress, project: Path) -> None:
    url = f"{sandbox.instance_url}/public/graphql"
    assert run("pull", "--url", url, "--token", sandbox.api_token, "--root", project)[::2] == (0, "")
    pulled_schema = build_schema((project / "schema/panther.graphql").read_text(encoding="utf-8"))
    answer = httpx2.post(url, json={"query": get_introspection_query()}, headers={"X-API-Key": sandbox.api_token})
    served = print_schema(lexicographic_sort_schema(build_client_schema(answer.json()["data"])))
    assert print_schema(pulled_schema) == print_schema(build_schema(canonical_sdl(served)))
    # It is our schema, and what the sandbox has beside it.
    ours = build_schema((files("panther_schema") / "panther.graphql").read_text(encoding="utf-8"))
    assert set(ours.type_map) <= set(pulled_schema.type_map)


def test_pull_says_that_the_token_is_refused(sandbox: SandboxAddress, project: Path) -> None:
    url = f"{sandbox.instance_url}/public/graphql"
    assert pulled(project, url, "panther-wrong-token") == (
        1,
        f"{url}: refuses the token (HTTP 401). Check PANTHER_API_TOKEN.\n",
    )
    assert tree_of(project / "schema") == {}


def test_pull_says_that_nothing_answers(project: Path) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/public/graphql"
        status, complaint = pulled(project, url, "panther-some-token")
    assert status == 1
    assert complaint.startswith(f"{url}: cannot be reached: ")
    assert complaint.endswith("Give the GraphQL URL, ending in /public/graphql.\n")


@pytest.mark.parametrize("url", ["no-url", "ftp://127.0.0.1/graphql", "http://[::1/graphql"])
def test_pull_says_that_this_is_no_url(url: str, project: Path) -> None:
    status, _, complaint = run("pull", "--url", url, "--token", "panther-some-token", "--root", project)
    assert status == 1
    assert complaint.startswith(f"{url}: cannot be reached: ")


def test_pull_says_that_this_is_no_graphql(sandbox: SandboxAddress, project: Path) -> None:
    status, complaint = pulled(project, f"{sandbox.instance_url}/users", sandbox.api_token)
    assert status == 1
    assert "does not answer with a schema (HTTP 4" in complaint
    assert "Is introspection switched off, or is this not a GraphQL endpoint?" in complaint

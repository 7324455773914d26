"""All of the API is served: every root field of the schema and every route of the OpenAPI document answers."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type, is_composite_type

from panther_sandbox.graphql_api.definition import executable_schema
from panther_sandbox.graphql_api.execution import operations_of
from panther_sandbox.rest_api.api import RestApi
from panther_sandbox.sandbox import Sandbox, open_sandbox

SCHEMA = files("panther_schema")
SDL = build_schema((SCHEMA / "panther.graphql").read_text(encoding="utf-8"))
OPENAPI = json.loads((SCHEMA / "panther.openapi.json").read_text(encoding="utf-8"))
ROUTES = sorted((method.upper(), path) for path, methods in OPENAPI["paths"].items() for method in methods)
QUERY = SDL.query_type
MUTATION = SDL.mutation_type
assert isinstance(QUERY, GraphQLObjectType)
assert isinstance(MUTATION, GraphQLObjectType)


@pytest.fixture(scope="module")
def unserved() -> Any:
    sandbox = open_sandbox()
    yield sandbox
    sandbox.close()


def test_every_root_field_has_a_resolver(unserved: Sandbox) -> None:
    queries, mutations = operations_of(unserved)
    assert set(queries) == set(QUERY.fields)
    assert set(mutations) == set(MUTATION.fields)
    assert executable_schema(queries, mutations)


def test_every_route_has_a_handler(unserved: Sandbox) -> None:
    served = {(route.method, route.pattern) for route in RestApi(unserved).routes}
    # A token may always read itself; no document says so.
    assert sorted(served - {("GET", "/api-tokens/self")}) == ROUTES


@pytest.mark.parametrize(
    ("operation", "field"), [("query", f) for f in sorted(QUERY.fields)] + [("mutation", f) for f in MUTATION.fields]
)
def test_a_root_field_answers(reader: Any, operation: str, field: str) -> None:
    """Asked without what it needs, or without permission, a field says so: it is there."""
    root = QUERY if operation == "query" else MUTATION
    composite = is_composite_type(get_named_type(root.fields[field].type))
    body = reader.graphql(f"{operation} {{ {field} {'{ __typename }' if composite else ''} }}")
    for error in body.get("errors", ()):
        assert "Cannot query field" not in error["message"]
        assert "not available" not in error["message"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_answers(reader: Any, method: str, path: str) -> None:
    response = reader.http.request(method, path.replace("{id}", "nope"), json={} if method != "GET" else None)
    assert response.status_code in (200, 204, 400, 403, 404), response.text
    assert "no such path" not in response.text


def test_another_method_is_not_allowed(reader: Any) -> None:
    response = reader.http.put("/alerts/x", json={})
    assert (response.status_code, response.headers["allow"]) == (405, "GET, PATCH")
    assert reader.http.get("/nowhere/at/all").status_code == 404

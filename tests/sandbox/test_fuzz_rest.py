"""Requests made up from the OpenAPI document: never a fault of ours, and answers in the shape that it documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from panther_sandbox.server import SandboxAddress, SandboxServer

from .conftest import NOW


def _document() -> dict[str, Any]:
    """Return the published document, with the two things in it corrected that no answer of Panther's fits."""
    document = json.loads((files("panther_schema") / "panther.openapi.json").read_text(encoding="utf-8"))
    document["servers"] = [{"url": "/"}]
    for schema in document["components"]["schemas"].values():
        properties = schema.get("properties", {})
        # The last page's cursor is null.
        if "results" in properties and "next" in properties:
            properties["next"]["nullable"] = True
        for name in ("createdBy", "updatedBy", "assignee"):
            actor = properties.get(name, {}).get("properties", {})
            # What is listed for `id` are the values of `type`.
            if "enum" in actor.get("id", {}):
                actor["type"]["enum"] = actor["id"].pop("enum")
    return document


SCHEMA = schemathesis.openapi.from_dict(_document())
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [not_a_server_error, response_schema_conformance]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[SandboxAddress]:
    with SandboxServer(now=NOW) as running:
        yield running


@SCHEMA.parametrize()
@BOUNDED
def test_any_request(case: Any, fuzzed: SandboxAddress) -> None:
    response = case.call(base_url=fuzzed.instance_url, headers={"X-API-Key": fuzzed.api_token})
    case.validate_response(response, checks=CHECKS)


@SCHEMA.include(path_regex=r"\{id\}").parametrize()
@BOUNDED
def test_any_request_for_what_exists(case: Any, fuzzed: SandboxAddress) -> None:
    """The id is that of a real object, as long as no request has deleted the last one."""
    token = {"X-API-Key": fuzzed.api_token}
    listing = case.operation.path.partition("/{id}")[0]
    listed = httpx2.get(fuzzed.instance_url + listing, headers=token).json().get("results") or []
    # That name is of the token that these requests carry.
    found = [item for item in listed if item.get("name") != "sandbox"]
    if found:
        case.path_parameters["id"] = found[-1]["id"]
    if isinstance(case.body, dict) and "id" in case.body:
        case.body["id"] = case.path_parameters["id"]
    response = case.call(base_url=fuzzed.instance_url, headers=token)
    case.validate_response(response, checks=CHECKS)


def test_the_document_is_the_published_one() -> None:
    published = json.loads((files("panther_schema") / "panther.openapi.json").read_text(encoding="utf-8"))
    assert _document()["paths"].keys() == published["paths"].keys()

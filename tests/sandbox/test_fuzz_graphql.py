"""Queries and mutations made up from the schema: whatever is asked, the answer is GraphQL and no fault of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest
from graphql import build_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import mutations, nodes, queries

from panther_sandbox.server import SandboxServer

from .conftest import NOW, Panther

SDL = build_schema((files("panther_schema") / "panther.graphql").read_text(encoding="utf-8"))
BOUNDED = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
_TIMES = st.integers(-40 * 24, 48).map(lambda hours: (NOW + timedelta(hours=hours)).isoformat())
_TEXTS = st.one_of(_TIMES, st.text(max_size=8))
SCALARS = {
    "DateTime": _TEXTS.map(nodes.String),
    "Timestamp": _TEXTS.map(nodes.String),
    "Email": st.sampled_from(["a@b.example", "nobody", ""]).map(nodes.String),
    "JSON": st.one_of(st.text(max_size=8), st.just('{"a": 1}')).map(nodes.String),
    "Long": st.integers(-(2**31), 2**31 - 1).map(nodes.Int),
}
OURS = ("internal server error", "Cannot return null", "Expected Iterable", "Abstract type")


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Panther]:
    with SandboxServer(now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) as running:
        client = Panther(running, running.api_token)
        yield client
        client.http.close()


def _ask(panther: Any, document: str) -> None:
    response = panther.http.post("/public/graphql", json={"query": document})
    if response.status_code == 401:
        # The document rotated the token that it came with.
        pytest.skip("the token was rotated")
    assert response.status_code == 200, (response.status_code, response.text, document)
    body = response.json()
    assert set(body) <= {"data", "errors"}, body
    assert "errors" in body or body["data"] is not None, body
    for error in body.get("errors", ()):
        assert isinstance(error["message"], str)
        for fault in OURS:
            assert fault not in error["message"], json.dumps(body)


@BOUNDED
@given(document=queries(SDL, custom_scalars=SCALARS))
def test_queries(fuzzed: Any, document: str) -> None:
    _ask(fuzzed, document)


@BOUNDED
@given(document=mutations(SDL, custom_scalars=SCALARS).filter(lambda text: "rotateAPIToken" not in text))
def test_mutations(fuzzed: Any, document: str) -> None:
    _ask(fuzzed, document)


@pytest.mark.parametrize("field", sorted(SDL.query_type.fields if SDL.query_type else ()))
def test_each_query(fuzzed: Any, field: str) -> None:
    _each(fuzzed, queries(SDL, fields=[field], custom_scalars=SCALARS))


@pytest.mark.parametrize(
    "field", sorted(set(SDL.mutation_type.fields if SDL.mutation_type else ()) - {"rotateAPIToken"})
)
def test_each_mutation(fuzzed: Any, field: str) -> None:
    _each(fuzzed, mutations(SDL, fields=[field], custom_scalars=SCALARS))


def _each(panther: Any, documents: Any) -> None:
    @settings(BOUNDED, max_examples=8)
    @given(document=documents)
    def ask(document: str) -> None:
        _ask(panther, document)

    ask()

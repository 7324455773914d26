"""Whole REST documents: what is read and written is what goes over the wire, and no id leads elsewhere."""

import pytest

from panther_mcp.documents import Documents
from panther_mcp.errors import Conflict, FailedTests, InvalidInput, NotFound, Unavailable, UpstreamError

IDS = {
    "a b": "/globals/a%20b",
    "a/b?c#d": "/globals/a%2Fb%3Fc%23d",
    "ü😀": "/globals/%C3%BC%F0%9F%98%80",
    "%2F": "/globals/%252F",
    "x": "/globals/x",
}


@pytest.fixture
def documents(connect):
    return Documents(connect())


@pytest.mark.parametrize(("identifier", "path"), IDS.items())
async def test_an_id_is_one_segment_whatever_it_holds(wire, answer, documents, identifier, path):
    document = {"id": identifier, "null": None, "new": [{"a": 1.0}]}
    wire.answers[path] = answer(200, document)
    assert await documents.read("globals", identifier) == document
    assert await documents.replace("globals", identifier, document) == document
    await documents.delete("globals", identifier)
    assert [one.method for one in wire.received] == ["GET", "PUT", "DELETE"]
    assert wire.received[1].json == document


@pytest.mark.parametrize("identifier", ["..", ".", "../api-tokens/self", "a/../b", "..\\x"])
async def test_an_id_that_climbs_reaches_nothing(wire, documents, failure, identifier):
    for call in (
        documents.read("rules", identifier),
        documents.replace("rules", identifier, {}),
        documents.delete("rules", identifier),
    ):
        assert type(await failure(call)) is InvalidInput
    assert wire.received == []


async def test_a_new_one_is_posted(wire, answer, documents, failure):
    wire.answers["/data-models"] = answer(200, {"id": "x", "createdAt": "now"})
    found = await documents.create("data-models", {"id": "x"}, query={"run-tests-first": False})
    assert found == {"id": "x", "createdAt": "now"}
    assert wire.received[0].target == "/data-models?run-tests-first=false"
    wire.answers["/data-models"] = answer(409, {"message": "exists already"})
    assert isinstance(await failure(documents.create("data-models", {})), Conflict)
    wire.answers["/data-models"] = answer(204)
    assert await documents.create("data-models", {}) is None


async def test_what_fails_has_its_kind(wire, answer, documents, failure):
    results = [{"name": "t", "passed": False}, {"name": "u", "passed": True}]
    wire.answers["/rules/x"] = answer(400, {"message": "1 failed", "testResults": [*results, None]})
    error = await failure(documents.replace("rules", "x", {}))
    assert isinstance(error, FailedTests)
    assert list(error.results) == results
    for odd in ([], "text", None, {"a": 1}):
        wire.answers["/rules/x"] = answer(400, {"message": "bad", "testResults": odd})
        assert type(await failure(documents.replace("rules", "x", {}))) is InvalidInput
    wire.answers["/rules/x"] = answer(404, {"message": "no such rule"})
    assert isinstance(await failure(documents.read("rules", "x")), NotFound)
    wire.answers["/rules/x"] = answer(204)
    assert isinstance(await failure(documents.read("rules", "x")), NotFound)
    for nonsense in (b'{"a": }', b"[]", b'"x"'):
        wire.answers["/rules/x"] = answer(200, nonsense)
        assert isinstance(await failure(documents.read("rules", "x")), UpstreamError)


async def test_a_trial_that_fails_left_nothing_changed(wire, answer, documents, failure):
    wire.answers["/rules/x"] = answer(502, {})
    trial = await failure(documents.replace("rules", "x", {}, changes=False))
    assert isinstance(trial, Unavailable)
    assert trial.retryable
    assert "unknown" in (await failure(documents.replace("rules", "x", {}))).hint

"""What PantherHttp makes of GraphQL errors, connections that fail, and calls that end early."""

import asyncio
import logging
import socket

import pytest

from panther_mcp.errors import (
    Conflict,
    DeadlineExceeded,
    InternalError,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    Unauthenticated,
    Unavailable,
    UnsupportedByPanther,
    UpstreamError,
)
from panther_mcp.settings import Secret

TOKEN = "panther-test-token-0123456789"
GQL = "/public/graphql"
QUERY = "query Me { me { id } }"
MUTATION = "mutation Close($id: ID!) {\n  close(id: $id) { id }\n}\nfragment F on A { id }"


# --- GraphQL errors --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "extensions", "kind"),
    [
        ("access denied", {}, PermissionDenied),
        ("failed", {"code": "UNAUTHORIZED"}, PermissionDenied),
        ("API token has expired", {}, Unauthenticated),
        ("alert abc not found", {}, NotFound),
        ("failed", {"code": "NOT_FOUND"}, NotFound),
        ("input: invalid severity", {}, InvalidInput),
        ("failed", {"code": "GRAPHQL_VALIDATION_FAILED"}, InvalidInput),
        ("Cannot query field 'x' on type 'Y'", {"code": "GRAPHQL_VALIDATION_FAILED"}, UnsupportedByPanther),
        ("Cannot query field 'permissions' on type 'Role'", {}, UnsupportedByPanther),
        ("too many requests", {}, RateLimited),
        ("a role of that name already exists", {}, Conflict),
        ("log source exists already: CloudTrail", {}, Conflict),
        ("awsAccountId: 'x' is not an AWS account id of 12 digits", {}, InvalidInput),
        ("schema AWS.CloudTrail is managed by Panther", {}, InvalidInput),
        ("internal system error", {}, UpstreamError),
    ],
)
@pytest.mark.parametrize("status", [200, 422])
async def test_graphql_errors(wire, answer, connect, failure, message, extensions, kind, status):
    wire.answers[GQL] = answer(
        status, {"data": None, "errors": [{"message": message, "extensions": extensions, "path": ["me"]}]}
    )
    error = await failure(connect().graphql(QUERY, operation_name="Me", variables={}))
    assert type(error) is kind
    assert message in error.message


async def test_what_is_wrong_is_seen_behind_a_huge_value(wire, answer, connect, failure):
    message = f"email: {'x' * 300_000} is not an e-mail address"
    wire.answers[GQL] = answer(200, {"data": None, "errors": [{"message": message}]})
    error = await failure(connect().graphql(QUERY, operation_name="Me", variables={}))
    assert type(error) is InvalidInput
    assert len(error.message) < 1_500


async def test_partial_data_keeps_its_errors(wire, answer, connect, failure):
    errors = [{"message": "access denied", "path": ["b"]}]
    wire.answers[GQL] = answer(200, {"data": {"a": 1, "b": None}, "errors": errors})
    response = await connect().graphql(QUERY, operation_name="Me", variables={})
    assert response.data == {"a": 1, "b": None}
    assert response.errors == tuple(errors)
    wire.answers[GQL] = answer(200, {"data": {"a": None, "b": None}, "errors": [*errors, {"message": "x"}, "odd"]})
    error = await failure(connect().graphql(QUERY, operation_name="Me", variables={}))
    assert type(error) is PermissionDenied
    assert error.message.endswith("access denied; x")


async def test_nulls_without_errors_are_data(wire, answer, connect):
    wire.answers[GQL] = answer(200, {"data": {"alert": None}})
    assert (await connect().graphql(QUERY, operation_name="Me", variables={})).data == {"alert": None}


async def test_graphql_at_the_wrong_address(wire, answer, connect, failure):
    wire.answers[GQL] = answer(404, {"message": "Not Found"})
    error = await failure(connect().graphql(QUERY, operation_name="Me", variables={}))
    assert isinstance(error, Unavailable)
    assert "PANTHER_GQL_API_URL" in error.hint


# --- the connection --------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", [{"read_timeout": 0.05}, {"call_timeout": 0.05}])
async def test_no_answer_in_time(wire, connect, failure, limits):
    wire.answers["/x"] = None
    http = connect(**limits)
    error = await failure(http.rest("GET", "/x"))
    assert isinstance(error, DeadlineExceeded)
    assert error.retryable
    error = await failure(http.rest("POST", "/x", body={}))
    assert not error.retryable
    assert "unknown" in error.hint


async def test_nothing_listens(connect, failure):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = await failure(connect(rest_url=f"http://127.0.0.1:{port}").rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert f"127.0.0.1:{port}" in error.message
    assert error.retryable


async def test_unknown_host(connect, failure, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    error = await failure(connect(rest_url="https://api.acme.invalid").rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "api.acme.invalid" in error.message


async def test_tls_failure(wire, connect, failure):
    error = await failure(connect(rest_url=wire.url.replace("http:", "https:")).rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "SSL_CERT_FILE" in error.hint


async def test_cancellation_passes_and_leaves_the_client_usable(wire, answer, connect):
    wire.answers |= {"/slow": None, "/x": answer(200, b"[]")}
    http = connect()
    call = asyncio.create_task(http.rest("GET", "/slow"))
    await wire.arrived.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await http.rest("GET", "/x") == b"[]"


async def test_closed_and_used_again(wire, answer, connect):
    wire.answers["/x"] = answer(200, b"[]")
    http = connect()
    await http.aclose()
    assert await http.rest("GET", "/x") == b"[]"
    await http.aclose()
    assert await http.rest("GET", "/x") == b"[]"


async def test_no_proxy_for_loopback(wire, answer, connect, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    wire.answers["/x"] = answer(200, b"[]")
    assert await connect().rest("GET", "/x") == b"[]"


async def test_debug_logs_hold_no_token(wire, answer, connect, caplog):
    wire.answers["/x"] = answer(200, b"[]")
    with caplog.at_level(logging.DEBUG):
        await connect().rest("GET", "/x")
    assert caplog.records
    assert TOKEN not in caplog.text


async def test_an_unsendable_key_is_not_quoted(connect, failure):
    error = await failure(connect(api_token=Secret(f"{TOKEN}\r\nX: y")).rest("GET", "/x"))
    assert isinstance(error, InternalError)

"""What PantherHttp puts on the wire, and what it makes of every status and body."""

import asyncio
import enum
import gzip

import httpx2
import pytest

from panther_mcp.endpoints import Endpoints
from panther_mcp.errors import (
    BlockedByPolicy,
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
from panther_mcp.http import ApiKeyAuth
from panther_mcp.settings import Secret

TOKEN = "panther-test-token-0123456789"
GQL = "/public/graphql"
QUERY = "query Me { me { id } }"
MUTATION = "mutation Close($id: ID!) {\n  close(id: $id) { id }\n}\nfragment F on A { id }"


class Order(enum.Enum):
    ASC = "ascending"


# --- requests --------------------------------------------------------------------------------------


async def test_graphql_request_and_data(wire, answer, connect):
    wire.answers[GQL] = answer(200, {"data": {"me": {"id": "1"}}})
    response = await connect().graphql(QUERY, operation_name="Me", variables={"a": [1, None]})
    assert response.data == {"me": {"id": "1"}}
    assert response.errors == ()
    (request,) = wire.received
    assert (request.method, request.target) == ("POST", GQL)
    assert request.json == {"query": QUERY, "operationName": "Me", "variables": {"a": [1, None]}}
    assert request.headers["x-api-key"] == TOKEN
    assert request.headers["user-agent"].startswith("panther-mcp/")
    assert request.headers["content-type"] == "application/json"


async def test_rest_request_escapes_and_drops(wire, answer, connect):
    wire.answers["/rules/a%2Fb%3Fc%23d"] = answer(200, b'{"id": 1}')
    body = await connect().rest(
        "GET",
        "/rules/a%2Fb%3Fc%23d",
        query={"none": None, "yes": True, "no": False, "many": ["a", "b&c"], "order": Order.ASC, "n": 5},
    )
    assert body == b'{"id": 1}'
    assert wire.received[0].target == "/rules/a%2Fb%3Fc%23d?yes=true&no=false&many=a&many=b%26c&order=ascending&n=5"
    assert "content-type" not in wire.received[0].headers


async def test_rest_sends_a_body_and_reads_none(wire, answer, connect):
    wire.answers["/rules"] = b"HTTP/1.1 204 No Content\r\nContent-Type: application/json\r\n\r\n"
    wire.answers["/empty"] = answer(200)
    http = connect()
    assert await http.rest("POST", "/rules", body={"id": "x", "tags": []}) is None
    assert wire.received[0].json == {"id": "x", "tags": []}
    assert await http.rest("DELETE", "/empty") is None


@pytest.mark.parametrize("path", ["/alerts/../api-tokens/self", "/alerts/%2e%2E", "/alerts/..%2Fapi-tokens", "/a/."])
async def test_paths_that_climb_are_refused(wire, connect, failure, path):
    assert isinstance(await failure(connect().rest("GET", path)), InvalidInput)
    assert wire.received == []


@pytest.mark.parametrize("path", ["alerts", "//evil.example/", "/a?b=c", "/a#b", "/a b", "/ü", "/a\r\nX: y"])
async def test_unescaped_paths_are_refused(wire, connect, failure, path):
    assert isinstance(await failure(connect().rest("GET", path)), InternalError)
    assert wire.received == []


async def test_unwritable_text(connect, failure):
    error = await failure(connect().graphql(QUERY, operation_name="Me", variables={"a": "\ud800"}))
    assert isinstance(error, InvalidInput)


async def test_missing_settings_name_the_variable(wire, connect, failure):
    error = await failure(connect(api_token=None).rest("GET", "/x"))
    assert isinstance(error, Unauthenticated)
    assert "PANTHER_API_TOKEN" in error.hint
    error = await failure(connect(rest_url=None).rest("GET", "/x"))
    assert isinstance(error, Unavailable)
    assert "PANTHER_INSTANCE_URL" in error.hint
    assert wire.received == []


async def test_plain_http_to_another_machine_is_refused(connect, failure):
    error = await failure(connect(rest_url="http://panther.example").rest("GET", "/x"))
    assert isinstance(error, BlockedByPolicy)
    assert error.details == {"rule": "https_required"}


def test_the_key_goes_to_its_own_origin_only():
    auth = ApiKeyAuth(Secret(TOKEN), Endpoints("https://api.acme.example/public/graphql", "https://rest.acme.example"))
    for url, expected in {
        "https://api.acme.example/x": True,
        "https://rest.acme.example:443/x": True,
        "http://api.acme.example/x": False,
        "https://api.acme.example:8443/x": False,
        "https://acme.example/x": False,
        "https://api.acme.example.evil.example/": False,
    }.items():
        request = next(auth.auth_flow(httpx2.Request("GET", url)))
        assert ("X-API-Key" in request.headers) is expected, url


async def test_a_redirect_leads_the_key_nowhere(wire, answer, connect, failure):
    came = []

    async def note(reader, writer):
        came.append(await reader.readuntil(b"\r\n"))
        writer.close()

    other = await asyncio.start_server(note, "127.0.0.1", 0)
    target = f"http://127.0.0.1:{other.sockets[0].getsockname()[1]}/x"
    for status in (301, 302, 303, 307, 308):
        wire.answers["/x"] = wire.answers[GQL] = answer(status, Location=target)
        assert "redirect" in (await failure(connect().rest("GET", "/x"))).message
        assert "redirect" in (await failure(connect().graphql(QUERY, operation_name="Me", variables={}))).message
    other.close()
    await other.wait_closed()
    assert came == []
    assert len(wire.received) == 10


# --- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "kind", "text"),
    [
        (400, {"message": "bad severity"}, InvalidInput, "bad severity"),
        (401, {"message": "Unauthorized"}, Unauthenticated, "Unauthorized"),
        (403, {"error": "forbidden"}, PermissionDenied, "forbidden"),
        (404, {"message": "no rule x"}, NotFound, "no rule x"),
        (404, b"404 page not found", UnsupportedByPanther, "no such route"),
        (405, {"message": "Method Not Allowed"}, UnsupportedByPanther, "no such route"),
        (409, {"message": "exists"}, Conflict, "exists"),
        (422, {"errors": [{"message": "odd"}]}, InvalidInput, "odd"),
        (429, {"message": "slow down"}, RateLimited, "slow down"),
        (418, b"plain words", UpstreamError, "plain words"),
        (500, b"<html>oops</html>", Unavailable, "HTTP 500"),
        (503, {}, Unavailable, "HTTP 503"),
        (504, {"message": "Endpoint request timed out"}, DeadlineExceeded, "timed out"),
        (302, b"", Unavailable, "redirect"),
        (404, b"<!doctype html>", Unavailable, "web page"),
    ],
)
async def test_statuses(wire, answer, connect, failure, status, body, kind, text):
    wire.answers["/x"] = answer(status, body, Location="https://evil.example/")
    error = await failure(connect().rest("GET", "/x"))
    assert type(error) is kind
    assert text in error.message
    assert "<" not in error.message
    assert error.retryable is (kind in (RateLimited, DeadlineExceeded) or status >= 500)


async def test_a_failed_change_is_not_called_retryable(wire, answer, connect, failure):
    wire.answers["/x"] = wire.answers[GQL] = answer(502, {})
    http = connect()
    for call in (
        http.rest("PUT", "/x", body={}),
        http.graphql(MUTATION, operation_name="Close", variables={}),
    ):
        error = await failure(call)
        assert isinstance(error, Unavailable)
        assert not error.retryable
        assert "unknown" in error.hint


async def test_failing_tests_of_a_detection_are_kept(wire, answer, connect, failure):
    results = [{"name": "t1", "passed": False, "error": "x" * 5_000}]
    wire.answers["/rules"] = answer(400, {"message": "tests failed", "testResults": results})
    error = await failure(connect().rest("POST", "/rules", body={}))
    (result,) = error.details["testResults"]
    assert result["name"] == "t1"
    assert result["passed"] is False
    assert len(result["error"]) == 1_000


@pytest.mark.parametrize(("header", "wait"), [("7", 7), ("999999999999", 86_400), ("soon", None), ("-1", None)])
async def test_retry_after(wire, answer, connect, failure, header, wait):
    wire.answers["/x"] = answer(429, {}, Retry_After=header)
    error = await failure(connect().rest("GET", "/x"))
    assert error.details.get("retry_after_seconds") == wait
    assert wait is None or str(wait) in error.hint


async def test_panthers_words_are_bounded_and_cleaned(wire, answer, connect, failure):
    wire.answers["/x"] = answer(400, {"message": "a\x1b[2J\nb\u202e" + "c" * 9_000})
    error = await failure(connect().rest("GET", "/x"))
    assert len(error.message) < 1_100
    assert error.message.isprintable()


# --- bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"<html>console</html>", b"oops", b'{"a": [1, 2', b'["a"', b'"a'])
async def test_success_without_json(wire, answer, connect, failure, body):
    wire.answers["/x"] = wire.answers[GQL] = answer(200, body)
    http = connect()
    assert isinstance(await failure(http.rest("GET", "/x")), UpstreamError)
    error = await failure(http.graphql(QUERY, operation_name="Me", variables={}))
    assert isinstance(error, UpstreamError)
    assert ("PANTHER_GQL_API_URL" in error.hint) is body.startswith(b"<")


@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'{"data": null}', b'{"data": [1]}', b'{"errors": []}'])
async def test_json_that_is_no_graphql(wire, answer, connect, failure, body):
    wire.answers[GQL] = answer(200, body)
    assert isinstance(await failure(connect().graphql(QUERY, operation_name="Me", variables={})), UpstreamError)


async def test_cut_off_body(wire, connect, failure):
    wire.answers["/x"] = b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": 1}'
    error = await failure(connect().rest("GET", "/x"))
    assert isinstance(error, UpstreamError)
    assert error.retryable


@pytest.mark.parametrize("raw", [b"", b"no http\r\n\r\n"])
async def test_broken_before_the_answer(wire, connect, failure, raw):
    wire.answers["/x"] = raw
    assert isinstance(await failure(connect().rest("GET", "/x")), Unavailable)


async def test_damaged_encoding(wire, answer, connect, failure):
    wire.answers["/x"] = answer(200, b"not gzip", Content_Encoding="gzip")
    assert isinstance(await failure(connect().rest("GET", "/x")), UpstreamError)


@pytest.mark.parametrize("times", [1, 2])
async def test_a_small_answer_that_inflates_is_stopped(wire, answer, connect, failure, times):
    bomb = bytes(40 << 20)
    for _ in range(times):
        bomb = gzip.compress(bomb, 9)
    wire.answers["/x"] = answer(200, bomb, Content_Encoding=", ".join(["gzip"] * times))
    error = await failure(connect().rest("GET", "/x"))
    assert isinstance(error, UpstreamError)
    assert "32 MiB" in error.message

"""What is sent again after a failure and what never is, how long it waits in between, and what is told of it."""

import asyncio
import logging
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from panther_mcp.errors import DeadlineExceeded, RateLimited, Unauthenticated, Unavailable, UpstreamError
from panther_mcp.resilience.call_scope import beyond_the_call, call_scope
from panther_mcp.resilience.outages import OutageRule
from panther_mcp.resilience.repetition import Backoff

GQL = "/public/graphql"
QUERY = "query Me {\n  me {\n    id\n  }\n}"
MUTATION = "mutation Close($id: ID!) {\n  close(id: $id) {\n    id\n  }\n}\nfragment F on A {\n  id\n}"
RATE_LIMITED = {"data": None, "errors": [{"message": "rate limit exceeded"}]}
NO_OUTAGE = OutageRule(points=1_000)


@pytest.fixture
def repeating(connect):
    """Return a client that repeats three times, after a millisecond or two, and knows no outages."""

    def make(**changes):
        return connect(**({"backoff": Backoff(first=0.001), "outages": NO_OUTAGE} | changes))

    return make


def mutate(http):
    return http.graphql(MUTATION, operation_name="Close", variables={"id": "1"})


def ask(http):
    return http.graphql(QUERY, operation_name="Me", variables={})


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
async def test_reads_are_repeated_until_they_succeed(wire, answer, repeating, caplog, status):
    wire.answers["/x"] = [answer(status), answer(status), answer(200, b"[1]")]
    wire.answers[GQL] = [answer(status), answer(status), answer(200, {"data": {"me": {"id": "1"}}})]
    http = repeating()
    with caplog.at_level(logging.INFO, "panther_mcp"):
        assert await http.rest("GET", "/x") == b"[1]"
        assert (await ask(http)).data == {"me": {"id": "1"}}
    assert [request.target for request in wire.received] == ["/x"] * 3 + [GQL] * 3
    assert wire.received[0] == wire.received[2], "it is the same request"
    assert [record.message for record in caplog.records] == [
        "GET /{id} succeeded at attempt 3",
        "Me succeeded at attempt 3",
    ]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 501])
async def test_statuses_that_would_come_again(wire, answer, repeating, failure, status):
    wire.answers["/x"] = answer(status, {"message": "no"})
    error = await failure(repeating().rest("GET", "/x"))
    assert len(wire.received) == 1
    assert "attempts" not in error.details


async def test_the_last_failure_says_how_many_attempts_there_were(wire, answer, repeating, failure):
    wire.answers["/x"] = [answer(502), answer(502), answer(502), answer(429, Retry_After="0")]
    error = await failure(repeating().rest("GET", "/x"))
    assert isinstance(error, RateLimited)
    assert error.details == {"retry_after_seconds": 0, "attempts": 4}
    assert len(wire.received) == 4


async def test_retries_can_be_turned_off(wire, answer, connect, failure):
    wire.answers["/x"] = answer(503)
    assert (await failure(connect(retries=0).rest("GET", "/x"))).details == {"http_status": 503}
    assert len(wire.received) == 1
    await failure(connect(backoff=Backoff(patience=0)).rest("GET", "/x"))
    assert len(wire.received) == 2


@pytest.mark.parametrize("raw", [b"", b"no http\r\n\r\n", b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": 1}'])
async def test_a_read_over_a_connection_that_breaks_is_repeated(wire, answer, repeating, raw):
    wire.answers["/x"] = [raw, answer(200, b"[1]")]
    wire.answers[GQL] = [raw, answer(200, {"data": {"me": {"id": "1"}}})]
    assert await repeating().rest("GET", "/x") == b"[1]"
    assert (await ask(repeating())).data == {"me": {"id": "1"}}
    assert len(wire.received) == 4


@pytest.mark.parametrize("raw", [b"", b"no http\r\n\r\n", b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": 1}'])
async def test_a_change_over_a_connection_that_breaks_never_is(wire, repeating, failure, raw):
    wire.answers |= {"/x": raw, GQL: raw}
    http = repeating()
    for count, call in enumerate((mutate(http), http.rest("PUT", "/x", body={}), http.rest("DELETE", "/x")), 1):
        error = await failure(call)
        assert isinstance(error, Unavailable | UpstreamError)
        assert "unknown" in error.hint
        assert not error.retryable
        assert len(wire.received) == count


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_change_that_may_have_been_made_is_not_repeated(wire, answer, repeating, failure, status):
    wire.answers |= dict.fromkeys(("/x", GQL), answer(status, Retry_After="0"))
    http = repeating()
    for count, call in enumerate((mutate(http), http.rest("PATCH", "/x", body={})), 1):
        assert "attempts" not in (await failure(call)).details
        assert len(wire.received) == count


async def test_a_change_that_was_turned_away_is_repeated(wire, answer, repeating):
    wire.answers |= {"/x": [answer(429), answer(204)], GQL: [answer(429), answer(200, {"data": {"close": {"id": 1}}})]}
    assert await repeating().rest("DELETE", "/x") is None
    assert (await mutate(repeating())).data == {"close": {"id": 1}}
    assert len(wire.received) == 4


async def test_a_change_that_finds_no_connection_is_repeated(repeating, failure):
    with socket.socket() as bound:  # but it does not listen
        bound.bind(("127.0.0.1", 0))
        http = repeating(rest_url=f"http://127.0.0.1:{bound.getsockname()[1]}")
        error = await failure(mutate(http))
        assert isinstance(error, Unavailable)
        assert error.details == {"attempts": 4}
        assert "unknown" not in error.hint, "nothing can have been changed"


async def test_a_rate_limit_within_a_graphql_answer(wire, answer, repeating, failure):
    wire.answers[GQL] = [answer(200, RATE_LIMITED), answer(200, {"data": {"me": {"id": "1"}}})]
    assert (await ask(repeating())).data == {"me": {"id": "1"}}
    wire.answers[GQL] = answer(200, RATE_LIMITED)
    error = await failure(mutate(repeating()))
    assert isinstance(error, RateLimited)
    assert len(wire.received) == 3, "the resolver of a change may have begun"


async def test_a_trial_that_changes_nothing_is_repeated_whatever_its_method(wire, answer, repeating):
    wire.answers["/x"] = [answer(503), answer(200, b"{}")]
    assert await repeating().rest("PUT", "/x", body={}, changes=False) == b"{}"
    assert len(wire.received) == 2


async def test_retry_after_is_waited_for(wire, answer, repeating):
    wire.answers["/x"] = [answer(503, Retry_After="1"), answer(200, b"[]")]
    assert await repeating().rest("GET", "/x") == b"[]"
    first, second = wire.times
    assert second - first >= 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("dated", [False, True])
async def test_a_wait_for_which_there_is_no_time_is_told_at_once(wire, answer, repeating, failure, status, dated):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    wire.answers["/x"] = answer(status, Retry_After=date if dated else "3600")
    error = await failure(repeating().rest("GET", "/x"))
    assert 3_500 < error.details["retry_after_seconds"] <= 3_600
    assert str(error.details["retry_after_seconds"]) in error.hint
    assert len(wire.received) == 1


async def test_the_calls_own_deadline_counts(wire, answer, repeating, failure):
    wire.answers["/x"] = answer(429, Retry_After="30")
    http = repeating()
    with call_scope("a", 5):
        error = await failure(http.rest("GET", "/x"))
    assert error.details == {"retry_after_seconds": 30}
    wire.answers["/x"] = None
    with call_scope("a", 0.5):
        error = await failure(http.rest("POST", "/x", body={}))
    assert isinstance(error, DeadlineExceeded)
    assert "unknown" in error.hint
    assert len(wire.received) == 2


async def test_what_must_be_finished_does_not_end_with_the_call(wire, answer, repeating, failure):
    wire.answers["/x"] = answer(200, b"[]")
    http = repeating()
    with call_scope("a", 0):
        error = await failure(http.rest("DELETE", "/x"))
        assert isinstance(error, DeadlineExceeded)
        assert wire.received == []
        with beyond_the_call():
            assert await http.rest("DELETE", "/x") == b"[]"


async def test_the_lookup_of_the_console_is_repeated_too(wire, answer, repeating):
    wire.answers |= {"/": [answer(503), answer(429), answer(200, b"<html>", "text/html")], "/x": answer(200, b"[]")}
    assert await repeating(rest_url=None, instance_url=wire.url).rest("GET", "/x") == b"[]"
    assert [request.target for request in wire.received] == ["/", "/", "/", "/x"]


async def test_one_callers_deadline_does_not_bound_the_lookup_of_all(wire, answer, repeating, failure):
    wire.answers |= {"/": [answer(429, Retry_After="1"), answer(200, b"<html>", "text/html")], "/x": answer(200, b"[]")}
    http = repeating(rest_url=None, instance_url=wire.url)
    with call_scope("a", 0.5):
        hasty = asyncio.create_task(http.rest("GET", "/x"))
    assert await http.rest("GET", "/x") == b"[]"
    assert isinstance(await failure(hasty), DeadlineExceeded)
    assert [request.target for request in wire.received] == ["/", "/", "/x"]


# --- a token that is refused -----------------------------------------------------------------------


async def test_a_refused_token_is_not_sent_again_and_again(wire, answer, connect, failure):
    wire.answers |= dict.fromkeys(("/x", GQL), answer(401, {"message": "Unauthorized"}))
    http = connect()
    told = await failure(http.rest("GET", "/x"))
    assert "attempts" not in told.details
    for call in (ask(http), mutate(http), http.rest("GET", "/x")):
        error = await failure(call)
        assert isinstance(error, Unauthenticated)
        assert "not asked again" in error.message
        assert "PANTHER_API_TOKEN" in error.hint
        assert 1 <= error.details["retry_after_seconds"] <= 30
    assert len(wire.received) == 1

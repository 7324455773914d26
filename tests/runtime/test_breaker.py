"""While Panther is down, calls are answered at once; one tries again from time to time; a refused token rests too."""

import asyncio
import socket

import pytest

from panther_mcp.errors import Unauthenticated, Unavailable
from panther_mcp.resilience.circuit import Circuit
from panther_mcp.resilience.failures import Sign
from panther_mcp.resilience.outages import Breaker, OutageRule
from panther_mcp.resilience.refused_token import TokenGate
from panther_mcp.resilience.repetition import Backoff

GQL = "/public/graphql"
QUERY = "query Me {\n  me {\n    id\n  }\n}"
AT_ONCE = OutageRule(span=0, first_wait=30)
PATIENCE_SECONDS = 20


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def ask(http, name="Me"):
    return http.graphql(QUERY.replace("Me", name), operation_name=name, variables={})


async def until_it_works(call, *kinds):
    """Call again until it succeeds; only errors of these kinds may come before."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return await call()
            except kinds:
                await asyncio.sleep(0.01)


# --- against a server ------------------------------------------------------------------------------


async def test_a_dead_host_is_not_asked_again_until_it_is_time(wire, answer, connect, failure):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    http = connect(rest_url=f"http://127.0.0.1:{port}", backoff=Backoff(first=0.001), outages=AT_ONCE)
    first = await failure(http.rest("GET", "/alerts"))
    assert "No connection" in first.message
    assert first.details == {"attempts": 2}, "an outage begins, and the call ends with what it has seen"
    came = []

    async def note(_, writer):
        came.append(1)
        writer.close()

    server = await asyncio.start_server(note, "127.0.0.1", port)
    for call in (http.rest("GET", "/alerts"), http.rest("POST", "/rules", body={}), ask(http)):
        error = await failure(call)
        assert isinstance(error, Unavailable)
        assert error.retryable
        assert "nothing was sent" in error.message
        assert "No connection" in error.message
        assert 1 <= error.details["retry_after_seconds"] <= 30
        assert "PANTHER_INSTANCE_URL" in error.hint
        assert "attempts" not in error.details
    assert came == []
    server.close()


async def test_recovery_is_noticed(wire, answer, connect, failure):
    wire.answers |= {"/alerts": answer(503), "/rules": answer(503), "/users": answer(200, b"[]")}
    http = connect(outages=OutageRule(points=2, span=0, first_wait=1))
    await failure(http.rest("GET", "/alerts"))
    await failure(http.rest("GET", "/rules"))
    error = await failure(http.rest("GET", "/users"))
    assert error.message.endswith("so nothing was sent. The last try: HTTP 503.")
    assert await until_it_works(lambda: http.rest("GET", "/users"), Unavailable) == b"[]"
    assert await http.rest("GET", "/users") == b"[]"
    assert [request.target for request in wire.received] == ["/alerts", "/rules", "/users", "/users"]


async def test_one_odd_operation_is_no_outage(wire, answer, connect, failure):
    wire.answers |= {"/alerts": answer(502), "/rules": answer(200, b"[]"), "/users": answer(500, {"message": "no"})}
    http = connect(outages=AT_ONCE)
    for _ in range(10):
        await failure(http.rest("GET", "/alerts"))
        await failure(http.rest("GET", "/users"))
    assert await http.rest("GET", "/rules") == b"[]"
    assert len(wire.received) == 21


async def test_an_answer_of_any_kind_ends_the_row(wire, answer, connect, failure):
    wire.answers |= {"/alerts": answer(502), "/rules": answer(502), "/users": answer(404, {"message": "no"})}
    http = connect(outages=AT_ONCE)
    for _ in range(5):
        for path in ("/alerts", "/alerts", "/rules", "/users"):
            assert "nothing was sent" not in (await failure(http.rest("GET", path))).message
    assert len(wire.received) == 20


async def test_origins_do_not_share_their_outages(wire, answer, connect, failure):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}{GQL}"
    wire.answers["/alerts"] = answer(200, b"[]")
    http = connect(graphql_url=dead, outages=AT_ONCE)
    for _ in range(3):
        error = await failure(ask(http))
    assert "nothing was sent" in error.message
    assert await http.rest("GET", "/alerts") == b"[]"


async def test_a_client_that_gives_up_leaves_the_try_to_the_next(wire, answer, connect, failure):
    wire.answers |= {"/alerts": answer(503), "/rules": answer(503), "/roles": None, "/users": answer(200, b"[]")}
    http = connect(outages=OutageRule(points=2, span=0, first_wait=0.001))
    await failure(http.rest("GET", "/alerts"))
    await failure(http.rest("GET", "/rules"))
    await asyncio.sleep(0.01)
    wire.arrived.clear()
    call = asyncio.create_task(http.rest("GET", "/roles"))
    await wire.arrived.wait()
    assert "nothing was sent" in (await failure(http.rest("GET", "/users"))).message, "one at a time"
    call.cancel()
    await asyncio.wait({call})
    assert await http.rest("GET", "/users") == b"[]"


async def test_nothing_of_one_clients_request_is_told_to_another(wire, answer, connect, failure):
    wire.answers |= {"/alerts": answer(503, {"message": "about one-client"}), "/rules": b""}
    http = connect(outages=OutageRule(points=2, span=0, first_wait=30))
    await failure(http.rest("GET", "/alerts"))
    assert "unknown" in (await failure(http.rest("PUT", "/rules", body={}))).hint
    error = await failure(http.rest("GET", "/users"))
    assert "nothing was sent" in error.message
    assert "unknown" not in error.hint
    assert "one-client" not in str(error)


async def test_a_token_that_works_again_is_noticed(wire, answer, connect, failure):
    wire.answers["/alerts"] = [answer(401), answer(502), answer(401), answer(200, b"[]")]
    http = connect(token=TokenGate(wait=0.05))
    assert await until_it_works(lambda: http.rest("GET", "/alerts"), Unauthenticated, Unavailable) == b"[]"
    assert await http.rest("GET", "/alerts") == b"[]"
    assert len(wire.received) == 5


# --- the states ------------------------------------------------------------------------------------


def test_the_wait_doubles_to_its_bound_and_begins_anew(clock):
    circuit = Circuit(2, 5, clock)
    waits = []
    for _ in range(4):
        circuit.open()
        waits.append(circuit.refusal())
        clock.now += circuit.refusal()
        assert circuit.refusal() is None
        circuit.going()
        assert circuit.refusal(), "others do not try at the same time"
    assert waits == [2, 4, 5, 5]
    circuit.close()
    assert circuit.refusal() is None
    circuit.open()
    assert circuit.refusal() == 2


def test_a_try_that_hangs_does_not_hold_up_the_next_for_ever(clock):
    circuit = Circuit(1, 1, clock)
    circuit.open()
    clock.now += 1
    circuit.going()
    clock.now += 60
    assert circuit.refusal() is None


def test_a_failure_from_before_the_outage_does_not_prolong_it(clock):
    circuit = Circuit(2, 60, clock)
    circuit.open()
    clock.now += 1
    circuit.open()
    assert circuit.refusal() == 1


@pytest.mark.parametrize(
    ("signs", "seconds", "is_open"),
    [
        ([Sign.UNREACHABLE] * 2, 1, True),
        ([Sign.UNREACHABLE], 9, False),
        ([Sign.UNREACHABLE] * 9, 0.1, False),  # a restart, seen by many at once
        ([Sign.ILL] * 6, 1, True),
        ([Sign.ILL] * 5, 1, False),
        ([Sign.UNREACHABLE, Sign.ILL, Sign.ILL, Sign.ILL], 1, True),
        ([Sign.ILL, Sign.UNREACHABLE, Sign.ANSWERS, Sign.UNREACHABLE], 1, False),
        ([Sign.UNREACHABLE, Sign.NOTHING, Sign.UNREACHABLE], 1, True),
    ],
)
def test_what_makes_an_outage(clock, signs, seconds, is_open):
    breaker = Breaker("api.acme.example:443", OutageRule(points=6, span=1), clock)
    for number, sign in enumerate(signs):
        breaker.saw(sign, f"Operation{number % 2}")
        clock.now += seconds
    assert breaker.is_open is is_open

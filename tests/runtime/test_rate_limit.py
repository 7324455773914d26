"""Requests take turns: so many at a time, so many a second, and no session waits behind all of another's."""

import asyncio
import math

import pytest

from panther_mcp.errors import DeadlineExceeded
from panther_mcp.resilience.call_scope import call_scope
from panther_mcp.resilience.limiter import FairLimiter, TokenBucket


async def test_sessions_take_turns(wire, answer, connect):
    wire.answers |= {"/slow": None} | dict.fromkeys(("/a", "/b", "/c"), answer(200, b"[]"))
    wire.late = answer(200, b"[]")
    http = connect(max_concurrency=1)
    with call_scope("a", 60):
        calls = [asyncio.create_task(http.rest("GET", "/slow"))]
        await wire.arrived.wait()
        calls += [asyncio.create_task(http.rest("GET", "/a")) for _ in range(200)]
    with call_scope("b", 60):
        calls += [asyncio.create_task(http.rest("GET", "/b")) for _ in range(3)]
    with call_scope("c", 60):
        calls.append(asyncio.create_task(http.rest("GET", "/c")))
    await asyncio.sleep(0)  # all of them stand in line now
    wire.released.set()
    await asyncio.gather(*calls)
    order = [request.target for request in wire.received]
    assert order[1:8] == ["/a", "/b", "/c", "/a", "/b", "/a", "/b"]
    assert order[8:] == ["/a"] * 197


async def test_not_more_at_a_time_than_allowed(wire, answer, connect):
    wire.answers["/x"] = None
    wire.late = answer(200, b"[]")
    http = connect(max_concurrency=3)
    calls = [asyncio.create_task(http.rest("GET", "/x")) for _ in range(9)]
    await wire.came(3)
    wire.released.set()
    await asyncio.gather(*calls)
    assert len(wire.received) == 9
    assert wire.most == 3


async def test_waiting_for_a_turn_ends_with_the_call(wire, answer, connect, failure):
    wire.answers |= {"/x": None, "/y": answer(200, b"[]")}
    wire.late = answer(200, b"[]")
    http = connect(max_concurrency=1)
    holding = asyncio.create_task(http.rest("GET", "/x"))
    await wire.arrived.wait()
    with call_scope("b", 0.1):
        error = await failure(http.rest("POST", "/y", body={}))
    assert isinstance(error, DeadlineExceeded)
    assert error.retryable
    assert "not sent" in error.message
    given_up = asyncio.create_task(http.rest("GET", "/y"))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait({given_up})
    wire.released.set()
    await holding
    assert await http.rest("GET", "/y") == b"[]", "who gave up holds no place"
    assert len(wire.received) == 2


async def test_a_rate_is_kept_after_the_burst():
    limiter = FairLimiter(100, 20, burst=10)
    loop = asyncio.get_running_loop()
    began, entered = loop.time(), []

    async def one(session: int) -> None:
        await limiter.enter(session, math.inf)
        entered.append(loop.time() - began)

    await asyncio.gather(*(one(number % 3) for number in range(14)))
    assert all(entered[9 + extra] >= extra * 0.05 - 0.001 for extra in range(1, 5))
    assert limiter.active == 14
    assert limiter.waiting == 0


def test_the_bucket():
    bucket = TokenBucket(10, 2)
    for _ in range(2):
        assert bucket.wait(100.0) == 0
        bucket.take()
    assert bucket.wait(100.0) == pytest.approx(0.1)
    assert bucket.wait(100.05) == pytest.approx(0.05)
    assert bucket.wait(100.11) == 0
    assert bucket.wait(900.0) == 0
    for _ in range(2):
        bucket.take()
    assert bucket.wait(900.0) > 0, "it holds no more than its burst"
    assert TokenBucket(0).wait(0.0) == 0


async def test_a_turn_that_comes_while_it_is_given_up_goes_to_the_next():
    limiter = FairLimiter(1, 0)
    await limiter.enter("a", math.inf)
    first, second = (asyncio.create_task(limiter.enter(name, math.inf)) for name in "ab")
    await asyncio.sleep(0)
    limiter.leave()  # first's turn has come, but first has not run yet
    first.cancel()
    await asyncio.wait({first, second})
    assert first.cancelled()
    assert limiter.active == 1
    limiter.leave()
    assert limiter.active == 0


async def test_without_a_queue_nothing_is_awaited():
    limiter = FairLimiter(2, 1_000)
    entering = limiter.enter("a", math.inf)
    with pytest.raises(StopIteration):
        entering.send(None)
    assert limiter.active == 1

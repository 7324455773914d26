"""Which connections requests take: the one used last, one for each that is under way, and none that is of no use."""

import asyncio
from contextlib import AsyncExitStack, aclosing

import httpx2
import pytest

from panther_mcp.connections import Connections

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE = 20


class Counting:
    """A server that keeps its connections; `opened` and `closed` count them."""

    def __init__(self):
        self.url = ""
        self.opened = self.closed = 0
        self.changed = asyncio.Event()

    async def handle(self, reader, writer):
        self.opened += 1
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed += 1
            self.changed.set()
            writer.close()

    async def have_closed(self, count):
        async with asyncio.timeout(PATIENCE):
            while self.closed < count:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def server():
    counting = Counting()
    async with await asyncio.start_server(counting.handle, "127.0.0.1", 0) as listening:
        counting.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
        yield counting


def client():
    return httpx2.AsyncClient(trust_env=False)


async def ask(connections, server, meet=None):
    async with connections.lent() as lent:
        if meet is not None:
            await meet.wait()
        response = await lent.send(connections.build_request("GET", server.url))
        assert response.text == "ok"
        return lent


async def side_by_side(connections, server, count):
    meet = asyncio.Barrier(count)
    return await asyncio.gather(*(ask(connections, server, meet) for _ in range(count)))


async def test_one_after_the_other_share_a_connection(server):
    async with aclosing(Connections(client)) as connections:
        assert len({await ask(connections, server) for _ in range(5)}) == 1
        assert server.opened == 1
    await server.have_closed(1)


async def test_those_at_the_same_time_have_one_each_and_later_ones_the_last(server):
    async with aclosing(Connections(client)) as connections:
        assert len(set(await side_by_side(connections, server, 8))) == 8
        assert len({await ask(connections, server) for _ in range(5)}) == 1
        await side_by_side(connections, server, 8)
        assert (server.opened, server.closed) == (8, 0)
    await server.have_closed(8)


async def test_what_is_idle_for_long_is_closed(server):
    async with aclosing(Connections(client, kept=0)) as connections:
        await side_by_side(connections, server, 4)
        for _ in range(4):
            await ask(connections, server)
        await server.have_closed(3)
        assert (await ask(connections, server)).is_closed is False


async def test_one_that_is_lent_is_closed_when_it_is_given_back(server):
    connections = Connections(client)
    async with AsyncExitStack() as stack:
        lent = await stack.enter_async_context(connections.lent())
        await connections.aclose()
        assert not lent.is_closed
    assert lent.is_closed


async def test_a_client_whose_request_is_cancelled_is_used_again(server):
    async with aclosing(Connections(client)) as connections:
        used = await ask(connections, server)
        waiting = asyncio.create_task(ask(connections, server, asyncio.Barrier(2)))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await ask(connections, server) is used

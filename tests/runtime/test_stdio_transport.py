"""Messages between the MCP library and a client, over real pipes: whole, in order, and nobody waits in vain."""

import asyncio
import contextlib
import json
import os
import threading

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from panther_mcp.stdio.transport import Incoming, Outgoing

PING = b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\n'
PATIENCE = 20


def told(number: int, size: int = 0) -> SessionMessage:
    return SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=number, result={"text": "x" * size}))


def ids(data: bytes) -> list[int]:
    return [json.loads(line)["id"] for line in data.splitlines()]


@pytest.fixture
def pipe():
    ends = list(os.pipe())
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def read_all(descriptor: int, into: bytearray) -> threading.Thread:
    """Read to the end in a thread; the client is another process in reality."""

    def read():
        while data := os.read(descriptor, 1_000):
            into.extend(data)

    thread = threading.Thread(target=read)
    thread.start()
    return thread


async def test_what_does_not_fit_into_the_pipe_is_written_in_order_when_the_client_reads(pipe):
    source, sink = pipe
    outgoing = Outgoing(sink, lambda: None)
    async with asyncio.timeout(PATIENCE):
        await outgoing.send(told(1, 300_000))  # a pipe takes 64 KiB
        await outgoing.send(told(2, 10))
        outgoing.write(b'{"id":3}\n')
        waiting = asyncio.create_task(outgoing.send(told(4, 2_000_000)))
        last = asyncio.create_task(outgoing.send(told(5)))
        await asyncio.sleep(0)
        assert not waiting.done(), "so much is not kept for a client that does not read"
        found = bytearray()
        reader = read_all(source, found)
        await asyncio.gather(waiting, last)
        await outgoing.aclose()
    os.close(sink)
    reader.join(PATIENCE)
    assert ids(bytes(found)) == [1, 2, 3, 4, 5]


async def test_a_message_whose_sender_is_cancelled_is_written_as_a_whole(pipe):
    source, sink = pipe
    outgoing = Outgoing(sink, lambda: None)
    sending = asyncio.create_task(outgoing.send(told(1, 3_000_000)))
    await asyncio.sleep(0)
    sending.cancel()
    found = bytearray()
    reader = read_all(source, found)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(asyncio.CancelledError):
            await sending
        await outgoing.send(told(3))
        await outgoing.aclose()
    os.close(sink)
    reader.join(PATIENCE)
    assert ids(bytes(found)) == [1, 3]


async def test_a_client_that_no_longer_reads_is_told_of_and_stops_nobody(pipe):
    source, sink = pipe
    gone = []
    outgoing = Outgoing(sink, lambda: gone.append(True))
    os.close(source)
    async with asyncio.timeout(PATIENCE):
        await outgoing.send(told(1, 200_000))
        await outgoing.send(told(2))
        await outgoing.aclose()
    assert gone
    with pytest.raises(anyio.ClosedResourceError):
        await outgoing.send(told(3))


async def test_an_answer_that_the_client_has_had_is_dropped_once(pipe):
    source, sink = pipe
    outgoing = Outgoing(sink, lambda: None, muted=7)
    for message in (told(6), SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="x")), told(7), told(7)):
        await outgoing.send(message)
    assert [json.loads(line).get("id") for line in os.read(source, 10_000).splitlines()] == [6, None, 7]


async def test_a_pipe_that_somebody_has_made_non_blocking(pipe):
    source, sink = pipe
    os.set_blocking(source, False)
    os.set_blocking(sink, False)
    outgoing = Outgoing(sink, lambda: pytest.fail("nobody has left"))
    await outgoing.send(told(1, 500_000))
    answers, ends = [], []
    incoming = Incoming(source, answers.append, lambda: ends.append(True))
    async with asyncio.timeout(PATIENCE):
        message = (await incoming.receive()).message
        await outgoing.aclose()
    assert message.id == 1
    assert len(message.result["text"]) == 500_000
    assert not ends
    incoming.end()


async def test_messages_come_in_order_and_then_the_end(pipe):
    source, sink = pipe
    answers, ends = [], []
    incoming = Incoming(source, answers.append, lambda: ends.append(True), unread=PING % 1 + (PING % 2)[:9])
    os.write(sink, (PING % 2)[9:] + b"nonsense\n" + PING % 3 + (PING % 4).rstrip())
    async with asyncio.timeout(PATIENCE):
        found = [(await incoming.receive()).message.id for _ in range(3)]
        assert not ends
        os.close(sink)
        found += [item.message.id async for item in incoming]
    assert found == [1, 2, 3, 4]
    assert [json.loads(answer)["error"]["code"] for answer in answers] == [-32700]
    assert ends == [True]


async def test_an_end_that_is_made_drops_what_nobody_has_received(pipe):
    source, sink = pipe
    ends = []
    incoming = Incoming(source, lambda _: None, lambda: ends.append(True), unread=PING % 1 + PING % 2)
    assert (await incoming.receive()).message.id == 1
    incoming.end()
    incoming.end()
    with pytest.raises(anyio.EndOfStream):
        await incoming.receive()
    assert ends == [True]
    os.write(sink, PING % 3)


async def test_a_file_can_be_the_input(tmp_path):
    path = tmp_path / "requests.jsonl"
    path.write_bytes(b"".join(PING % number for number in range(5_000)))
    with path.open("rb") as file:
        incoming = Incoming(file.fileno(), lambda _: None, lambda: None)
        async with asyncio.timeout(PATIENCE):
            found = [item.message.id async for item in incoming]
    assert found == list(range(5_000))


async def test_a_client_that_sends_faster_than_it_is_read_has_to_wait(pipe):
    source, sink = pipe
    os.set_blocking(sink, False)
    incoming = Incoming(source, lambda _: None, lambda: None)
    sent = 0
    for _ in range(100):  # a pipe takes some 1,700 of them
        with contextlib.suppress(BlockingIOError):
            while True:
                sent += os.write(sink, PING % 0) // len(PING % 0)
        await asyncio.sleep(0)
    assert sent < 10_000
    os.close(sink)
    async with asyncio.timeout(PATIENCE):
        assert len([item async for item in incoming]) == sent

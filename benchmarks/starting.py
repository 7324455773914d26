"""Launch, first list, first call, exit and memory."""

import time
from collections import defaultdict

from benchmarks.calls import single_read
from benchmarks.contest import SIDES, Contest
from benchmarks.figures import Part, compare

_CALLS = 300


def start(contest: Contest, rounds: int) -> Part:
    """Measure what a client waits for when it starts a server, and what the server occupies."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: {side: [] for side in SIDES})
    for number in range(rounds + 1):
        for side in SIDES:
            for name, value in _life(contest, side).items():
                # The first round warms the disk's cache up and is not counted.
                if number:
                    found[name][side].append(value)
    for side in SIDES:
        for _ in range(min(rounds, 3)):
            with contest.serving(side) as server:
                found["memory at the start"][side].append(server.memory())
                server.timed(single_read(contest), _CALLS)
                found["memory"][side].append(server.memory())
                found["peak"][side].append(server.peak_memory())
    return Part(
        "Start and memory",
        [
            compare("launch to the answer to `initialize`", "ms", found["initialize"]),
            compare("launch to the first `tools/list`", "ms", found["list"], goal=0.1),
            compare("launch to the first result of a call", "ms", found["call"]),
            compare("launch to exit, after one call", "ms", found["life"], goal=0.4),
            compare("closed stdin to exit", "ms", found["exit"]),
            compare("memory after the handshake", "MiB", found["memory at the start"]),
            compare(f"memory after {_CALLS} calls", "MiB", found["memory"], goal=0.8),
            compare("peak memory", "MiB", found["peak"]),
        ],
        found,
    )


def _life(contest: Contest, side: str) -> dict[str, float]:
    """Start a server, list its tools, call one and end it; return the milliseconds to each point."""
    begun = time.perf_counter()
    server = contest.start(side)
    server.initialize()
    initialized = time.perf_counter()
    server.request("tools/list", {})
    listed = time.perf_counter()
    server.call(single_read(contest))
    called = time.perf_counter()
    server.close()
    ended = time.perf_counter()
    points = {
        "initialize": initialized - begun,
        "list": listed - begun,
        "call": called - begun,
        "life": ended - begun,
        "exit": ended - called,
    }
    return {name: seconds * 1000 for name, seconds in points.items()}

"""Descriptors 0 and 1 for the MCP protocol alone: whatever else is printed goes to stderr."""

import os
import select
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from panther_mcp.errors import StartupError

# As much as a pipe that is ready takes for certain without making the writer wait (POSIX: PIPE_BUF).
WRITTEN_AT_ONCE: Final = 4096
_STDIN, _STDOUT, _STDERR = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Wire:
    """The descriptors that lead from the client and to it."""

    source: int
    sink: int

    def write(self, data: bytes) -> None:
        """Write all of `data`, however long the client takes to read. Not on Windows, where one cannot wait for it."""
        while data:
            select.select((), (self.sink,), ())
            data = data[os.write(self.sink, data[:WRITTEN_AT_ONCE]) :]


@contextmanager
def claimed() -> Generator[Wire]:
    """Take stdin and stdout for the protocol, and give them back at the end.

    In between, descriptor 0 reads nothing and descriptor 1 is stderr, for this process and its children, and
    printed text goes to stderr.

    Raises:
        StartupError: The process was started without a stdin or a stdout.
    """
    try:
        wire = Wire(os.dup(_STDIN), os.dup(_STDOUT))
    except OSError as error:
        raise StartupError(
            "There is no standard input or output to speak MCP on.", hint="Use --transport http."
        ) from error
    before = (sys.stdin, sys.stdout)
    _divert()
    with open(os.devnull, "r+", encoding="utf-8") as nothing:
        sys.stdin, sys.stdout = nothing, sys.stderr or nothing
        try:
            yield wire
        finally:
            sys.stdin, sys.stdout = before
            os.dup2(wire.source, _STDIN)
            os.dup2(wire.sink, _STDOUT)


def _divert() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, _STDIN)
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:
        os.dup2(nothing, _STDOUT)  # started without a stderr
    os.close(nothing)

"""The server's HTTP protocol, which lets a fault break the connection beneath a response."""

from __future__ import annotations

import asyncio
import socket
import struct

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_KEY = "panther_sandbox.transport"
# On, and zero seconds: what closes the socket sends RST instead of FIN.
_LINGER = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 that hands each request its connection, in the scope's state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as H11Protocol has it
        """Take a connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, _KEY: transport}


def close(scope: Scope) -> None:
    """Close a request's connection once what was written is sent."""
    _transport(scope).close()


def reset(scope: Scope) -> None:
    """Drop a request's connection: its client sees a reset."""
    transport = _transport(scope)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    transport.abort()


def _transport(scope: Scope) -> asyncio.Transport:
    transport: asyncio.Transport = scope["state"][_KEY]
    return transport

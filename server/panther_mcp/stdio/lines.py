"""What a client sends, line by line: a JSON-RPC message, or a line that is none and gets an answer that says so.

The MCP library's own transport drops the latter unsaid, so that the client would wait for ever.
"""

import json
import logging
from typing import Any, Final, cast

from mcp_types import JSONRPCMessage, jsonrpc_message_adapter
from pydantic import ValidationError
from pydantic_core import from_json

# What a bundle of detections may take is far below it; an endless line must not fill the memory.
LONGEST_LINE: Final = 32 << 20
_PARSE_ERROR: Final = -32700
_INVALID_REQUEST: Final = -32600
_log = logging.getLogger(__name__)


class Lines:
    """Puts lines together of the pieces in which they come. A line longer than `longest` bytes is kept nowhere."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._begun: list[bytes] = []  # of a line whose end has not come
        self._size = 0

    def ended_in(self, data: bytes) -> list[bytes | None]:
        """Return the lines that end in `data`, without their ends; None for one that was too long."""
        *ends, rest = data.split(b"\n")
        lines = [self.last(end) for end in ends]
        self._keep(rest)
        return lines

    def last(self, end: bytes = b"") -> bytes | None:
        """Return the line that was begun, with its `end`, as `ended_in` does."""
        self._keep(end)
        line = b"".join(self._begun) if self._size <= self._longest else None
        self._begun, self._size = [], 0
        return line

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._longest:
            self._begun.clear()
        elif part:
            self._begun.append(part)


def message_in(line: bytes | None) -> JSONRPCMessage | bytes | None:
    """Return the message that `line` is; else the line to answer it with; None where none is due.

    `line` is one that `Lines` returns.
    """
    if line is None:
        return _refusal(None, _INVALID_REQUEST, f"Request too large: a line may have {LONGEST_LINE} bytes")
    try:
        # As the MCP library does, but for bytes that are no UTF-8: it would put other characters in their place.
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        return _answer_to(line) if line.strip() else None


def _answer_to(line: bytes) -> bytes | None:
    try:
        value: object = from_json(line)
    except ValueError:
        return _refusal(None, _PARSE_ERROR, "Parse error: the line is no JSON, or nested too deeply")
    fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    if "method" not in fields and fields.keys() & {"result", "error"}:
        return None  # an answer gets no answer
    said = "a batch" if isinstance(value, list) else "no JSON-RPC message"
    return _refusal(fields.get("id"), _INVALID_REQUEST, f"Invalid Request: the line is {said}")


def _refusal(request_id: object, code: int, message: str) -> bytes:
    known = request_id if isinstance(request_id, str | int) and not isinstance(request_id, bool) else None
    _log.debug("a line of the client was refused: %s", message)
    answer = {"jsonrpc": "2.0", "id": known, "error": {"code": code, "message": message}}
    return json.dumps(answer).encode() + b"\n"

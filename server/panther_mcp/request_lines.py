"""The lines that a client sends on stdin: what is no JSON-RPC is answered here, for the MCP library drops it unsaid.

All other lines are passed on as they came.
"""

import io
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# What a bundle of detections may take is far below it; an endless line must not fill the memory.
LONGEST_LINE: Final = 32 << 20
_PARSE_ERROR: Final = -32700
_INVALID_REQUEST: Final = -32600
_CHUNK: Final = 1 << 16
_log = logging.getLogger(__name__)


class RequestLines(io.RawIOBase):
    """Reads the lines of `source` that are JSON-RPC messages; to any other, `answer` is given the answer.

    `ended` is called when the input has ended. A line longer than `longest` bytes is skipped, and kept nowhere.
    """

    def __init__(
        self,
        source: io.RawIOBase,
        answer: Callable[[bytes], None],
        ended: Callable[[], None],
        *,
        longest: int = LONGEST_LINE,
    ) -> None:
        self._source, self._answer, self._ended = source, answer, ended
        self._longest = longest
        self._begun: list[bytes] = []  # of a line whose end has not come
        self._size = 0
        self._ready = memoryview(b"")
        self._unread = b""

    def unread(self, data: bytes) -> None:
        """Read `data`, which was taken from the source already, before anything else."""
        self._unread = data

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the source."""
        return self._source.fileno()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read a part of the next good lines; 0 at the end of the input."""
        while not self._ready:
            chunk, self._unread = self._unread or self._source.read(_CHUNK), b""
            if not chunk:
                self._ended()
                self._ready = memoryview(self._taken(b""))
                if not self._ready:
                    return 0
                break
            self._ready = memoryview(b"".join(self._good(chunk)))
        with memoryview(buffer).cast("B") as view:
            size = min(len(view), len(self._ready))
            view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _good(self, chunk: bytes) -> list[bytes]:
        """Return the good lines that end in `chunk`, and keep the beginning of the next one."""
        *ends, rest = chunk.split(b"\n")
        lines = [self._taken(end) for end in ends]
        self._keep(rest)
        return [line + b"\n" for line in lines if line]

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._longest:
            self._begun.clear()
        elif part:
            self._begun.append(part)

    def _taken(self, end: bytes) -> bytes:
        """Return the line that ends with `end`, or nothing where it was answered."""
        self._keep(end)
        line, size = b"".join(self._begun), self._size
        self._begun, self._size = [], 0
        if size > self._longest:
            self._refuse(None, _INVALID_REQUEST, f"Request too large: a line may have {self._longest} bytes")
            return b""
        return line if not line.strip() or self._is_message(line) else b""

    def _is_message(self, line: bytes) -> bool:
        from mcp_types import jsonrpc_message_adapter
        from pydantic import ValidationError
        from pydantic_core import from_json

        try:
            # As the MCP library does, but for bytes that are no UTF-8: it would put other characters in their place.
            jsonrpc_message_adapter.validate_json(line, by_name=False)
        except ValidationError:
            pass
        else:
            return True
        try:
            value: object = from_json(line)
        except ValueError:
            self._refuse(None, _PARSE_ERROR, "Parse error: the line is no JSON, or nested too deeply")
            return False
        fields = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        if "method" in fields or not fields.keys() & {"result", "error"}:
            # Not to an answer, which would be an answer to an answer.
            said = "a batch" if isinstance(value, list) else "no JSON-RPC message"
            self._refuse(fields.get("id"), _INVALID_REQUEST, f"Invalid Request: the line is {said}")
        return False

    def _refuse(self, request_id: object, code: int, message: str) -> None:
        known = request_id if isinstance(request_id, str | int) and not isinstance(request_id, bool) else None
        _log.debug("a line of the client was refused: %s", message)
        answer = {"jsonrpc": "2.0", "id": known, "error": {"code": code, "message": message}}
        self._answer(json.dumps(answer).encode() + b"\n")

"""Read and write while the framework is imported: what `early_answers.py` knows is answered, the rest is handed over.

A thread does it; the imports begin when the first list has been answered, or after a moment. Nothing is lost: what was
read and not answered, in part or as a whole, is read again by the framework, with the handshake before it.
"""

import _thread
import os
import select
import signal
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from panther_mcp.offer import offer
from panther_mcp.settings import Settings
from panther_mcp.stdio.descriptors import Wire
from panther_mcp.stdio.early_answers import EarlyAnswers

if TYPE_CHECKING:
    from panther_mcp.remembered_permissions import RememberedPermissions

# How long a client may take to ask for the list before the imports compete with the answers for the interpreter.
_HEAD_START: Final = 0.1
_AT_ONCE: Final = 65_536


@dataclass(frozen=True, slots=True)
class Handover:
    """What the framework reads first, and the id of the request whose answer the client has had."""

    unread: bytes = b""
    answered: str | int | None = None


class EarlyStart:
    """The time between the first byte and the framework. Use as begun; end it with `hand_over`."""

    def __init__(self, wire: Wire, answers: EarlyAnswers) -> None:
        self._wire, self._answers = wire, answers
        self._unread = b""
        self._over = False
        self._lock = threading.Lock()
        self._quiet = threading.Event()
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._serve, name="panther-early", daemon=True)
        self._thread.start()
        self._quiet.wait(_HEAD_START)

    def hand_over(self) -> Handover:
        """Stop, and return what the framework has to know, and what was not answered."""
        with self._lock:
            self._over = True
        os.write(self._wake, b".")
        self._thread.join()
        os.close(self._wake)
        os.close(self._woken)
        return Handover(self._answers.replay + self._unread, self._answers.handshake)

    def _serve(self) -> None:
        try:
            self._converse()
        except BrokenPipeError:
            self._leave()
        finally:
            self._quiet.set()

    def _converse(self) -> None:
        source = self._wire.source
        while True:
            ready, _, _ = select.select((source, self._woken), (), ())
            if self._woken in ready:
                return
            data = os.read(source, _AT_ONCE)
            if not data and not self._unread:
                self._leave()
                return
            self._unread += data
            while b"\n" in self._unread:
                line, _, rest = self._unread.partition(b"\n")
                answer = self._answers.to(line + b"\n")
                if answer is None:
                    return
                self._unread = rest
                self._wire.write(answer)
                if self._answers.has_listed:
                    self._quiet.set()
            if not data or len(self._unread) > _AT_ONCE:
                return

    def _leave(self) -> None:
        """End the process: the client has left, and nothing is left to answer."""
        with self._lock:
            if not self._over:
                # As a signal does; SIGINT may be ignored, in the background of a shell.
                _thread.interrupt_main(signal.SIGTERM)


def start_early(settings: Settings, wire: Wire, remembered: "RememberedPermissions") -> EarlyStart | None:
    """Return the early start for `settings`; None on Windows, where one cannot wait for two things at a time.

    Raises what `offer` raises, before anything is answered.
    """
    if sys.platform == "win32":
        return None
    gated = settings.permission_gating != "off"
    return EarlyStart(wire, EarlyAnswers(settings, offer(settings), remembered.read() if gated else None))

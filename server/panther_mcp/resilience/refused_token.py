"""When Panther does not accept the API token, it is said once by Panther and then, for a while, by this server."""

import logging
import math
import time
from collections.abc import Callable

from panther_mcp.errors import Unauthenticated
from panther_mcp.resilience.circuit import Circuit

_WAIT_SECONDS = 30.0
_log = logging.getLogger(__name__)


class TokenGate:
    """Closed by a 401, for `wait` seconds; then one request may try, and any other status opens it.

    There is one token for all clients, so one gate.
    """

    def __init__(self, wait: float = _WAIT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._circuit = Circuit(wait, wait, clock)

    @property
    def is_closed(self) -> bool:
        """Whether the token was refused, and has not been accepted since."""
        return self._circuit.is_open

    def check(self) -> None:
        """Raise `Unauthenticated` where the token was refused a moment ago."""
        left = self._circuit.refusal()
        if left is None:
            return
        wait = max(1, math.ceil(left))
        raise Unauthenticated(
            "Panther did not accept the API token a moment ago, so it was not asked again.",
            hint=f"{Unauthenticated.default_hint} The first call after {wait} s tries it again.",
            details={"retry_after_seconds": wait},
        )

    def going(self) -> None:
        """Say that a request is sent with the token."""
        self._circuit.going()

    def saw(self, status: int) -> None:
        """Note the status of an answer to a request with the token."""
        if status == 401:
            if not self._circuit.is_open:
                _log.info("Panther does not accept the API token")
            self._circuit.open()
        elif status < 500:
            self._circuit.close()
        else:
            self._circuit.give_back()  # a gateway's answer: nobody has looked at the token

    def forget(self) -> None:
        """Say that an attempt ended without an answer."""
        self._circuit.give_back()

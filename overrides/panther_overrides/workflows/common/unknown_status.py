"""A status that this server does not know: it may be a new one that passes, so it is waited for, but not to the end."""

import asyncio
from typing import Final

_LONGEST_SECONDS: Final = 5.0


class UnknownStatus:
    """For how long the status of a run has been none that is known."""

    def __init__(self) -> None:
        self._since: float | None = None

    def lasts(self, *, known: bool) -> bool:
        """Note whether the status is `known` now; say whether it has been unknown for too long."""
        now = asyncio.get_running_loop().time()
        self._since = None if known else self._since or now
        return self._since is not None and now - self._since >= _LONGEST_SECONDS

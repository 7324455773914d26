"""What is known of the instance's gaps: what its documents go without, and which operations it does not have.

It is found out as calls fail, kept in memory, and forgotten after an hour: Panther is updated without asking us.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

from panther_mcp.catalog import CatalogTool

if TYPE_CHECKING:
    from panther_mcp.drift.mismatch import Unknown

REMEMBERED_SECONDS: Final = 3600.0
_T = TypeVar("_T")


class DriftMemory:
    """The gaps of one instance, for all sessions of the server; operations are named as in the catalog."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._unknown: dict[str, tuple[float, Unknown]] = {}
        self._unsupported: dict[str, tuple[float, str]] = {}
        # Counts what makes the list of tools another one.
        self.changes = 0

    def unknown(self, operation: str) -> "Unknown | None":
        """Return what the instance does not know of an operation's document; None where nothing has been found."""
        return _fresh(self._unknown, operation, self._clock())

    def lacks(self, operation: str, found: "Unknown") -> None:
        """Note that the instance does not know `found` of an operation's document."""
        self._unknown[operation] = (self._clock() + REMEMBERED_SECONDS, found)

    @property
    def any_unsupported(self) -> bool:
        """Whether any operation has been found to be unsupported, lately or earlier."""
        return bool(self._unsupported)

    def unsupported(self, operation: str) -> str | None:
        """Return why an operation cannot be used with this instance, a sentence; None where it may."""
        return _fresh(self._unsupported, operation, self._clock())

    def disable(self, operation: str, reason: str) -> None:
        """Note that an operation cannot be used, and why."""
        if self.unsupported(operation) is None:
            self.changes += 1
        self._unsupported[operation] = (self._clock() + REMEMBERED_SECONDS, reason)

    def disabled(self, tool: CatalogTool) -> str | None:
        """Return why `tool` cannot work with this instance; None where it can, or at least may in part.

        A workflow may do without some of its operations, so that it is disabled when all are; other tools need each.
        """
        if not self._unsupported:
            return None
        reasons = self._reasons(tool)
        if not reasons or (tool.workflow and len(reasons) < len(tool.operations)):
            return None
        return next(iter(reasons.values()))

    def limited(self, tool: CatalogTool) -> str | None:
        """Return what a tool that still may work has to do without; None where it is nothing."""
        if not self._unsupported or self.disabled(tool):
            return None
        return " ".join(self._reasons(tool).values()) or None

    def _reasons(self, tool: CatalogTool) -> Mapping[str, str]:
        found = ((operation, self.unsupported(operation)) for operation in tool.operations)
        return {operation: reason for operation, reason in found if reason}


def _fresh(entries: dict[str, tuple[float, _T]], name: str, now: float) -> _T | None:
    until, value = entries.get(name, (0.0, None))
    if value is not None and until <= now:
        del entries[name]
        return None
    return value

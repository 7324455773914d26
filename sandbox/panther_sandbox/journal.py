"""What was changed through the APIs: one entry for each request that was served and may have changed something.

Tests compare it with what a client says that it did: nothing lost, nothing twice.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

_KEPT = 20_000
_LONGEST_INPUT = 4_096


class Journal:
    """The last 20,000 changes, in the order in which they were made. Safe to use from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._number = 0
        self._under_way = 0

    @contextmanager
    def serving(self) -> Generator[None]:
        """Count a request that is being served: its change may still come."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def note(self, operation: str, given: Any) -> None:
        """Note that an operation was done.

        Args:
            operation: The field of GraphQL's Mutation, or the method and the path of a REST request.
            given: What it was done with. The journal keeps its SHA-256, and of a short one the whole.
        """
        text = json.dumps(given, sort_keys=True, default=str)
        with self._lock:
            self._number += 1
            self._entries.append(
                {
                    "number": self._number,
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "operation": operation,
                    "input": given if len(text) <= _LONGEST_INPUT else None,
                    "sha256": hashlib.sha256(text.encode()).hexdigest(),
                }
            )

    def note_mutations(self, fields: Mapping[str, str], variables: Mapping[str, Any] | None, body: Any) -> None:
        """Note the fields of a mutation that its answer does not report as failed; `fields` are names by their keys."""
        failed = {error["path"][0] for error in body.get("errors", ()) if error.get("path")}
        if body.get("data") is None and not failed:
            return
        for key, name in fields.items():
            if key not in failed:
                self.note(name, dict(variables or {}))

    def since(self, number: int) -> dict[str, Any]:
        """Return the entries with a higher number than this, the last number, and how many requests are under way."""
        with self._lock:
            entries = [entry for entry in self._entries if entry["number"] > number]
            return {"last": self._number, "under_way": self._under_way, "entries": entries}

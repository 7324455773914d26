"""A sandbox that goes wrong on demand, and what was really changed in it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2

from panther_sandbox.server import SandboxServer

Json = dict[str, Any]
_SETTLED_SECONDS = 60.0


class FaultyPanther:
    """The control routes of a sandbox."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self._http = httpx2.Client(base_url=url, headers={"X-API-Key": token}, trust_env=False, timeout=30)
        self._injected = 0

    @property
    def injected(self) -> int:
        """How many requests a fault has befallen so far."""
        return self._injected + self._happened()

    def ask_for(self, *faults: str) -> None:
        """Go wrong in these ways, and no longer in those that were asked for before."""
        self._injected += self._happened()
        answer = self._http.put("/sandbox/faults", json={"faults": list(faults)})
        assert answer.status_code == 200, answer.text

    def last_change(self) -> int:
        """Return the number of the last change."""
        return self._http.get("/sandbox/journal", params={"after": 10**9}).json()["last"]

    def changes(self, after: int) -> list[Json]:
        """Return the changes since the one with this number, without those that Panther only tried out."""
        deadline = time.monotonic() + _SETTLED_SECONDS
        # What a client has given up may still be served.
        while (found := self._http.get("/sandbox/journal", params={"after": after}).json())["under_way"]:
            assert time.monotonic() < deadline, f"the sandbox is still busy after {_SETTLED_SECONDS} s"
            time.sleep(0.01)
        return [entry for entry in found["entries"] if not _is_trial(entry)]

    def remember(self) -> None:
        """Take a checkpoint."""
        assert self._http.put("/sandbox/checkpoint").status_code == 204

    def go_back(self) -> None:
        """Go back to the checkpoint."""
        assert self._http.post("/sandbox/checkpoint").status_code == 204

    def alert_ids(self) -> list[str]:
        """Return the ids of all alerts."""
        return [alert["id"] for alert in self._http.get("/alerts", params={"limit": 50}).json()["results"]]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _happened(self) -> int:
        return sum(rule["happened"] for rule in self._http.get("/sandbox/faults").json()["faults"])


@contextmanager
def faulty_panther() -> Iterator[FaultyPanther]:
    """Serve a sandbox meanwhile."""
    with SandboxServer() as address:
        panther = FaultyPanther(address.instance_url, address.api_token)
        try:
            yield panther
        finally:
            panther.ask_for()
            panther.close()


def repeated(changes: Sequence[Json], expected: Sequence[Json] = ()) -> int:
    """Return how many changes were made more often than in `expected` (or than once), with the very same input."""
    allowed = Counter((one["operation"], one["sha256"]) for one in expected)
    made = Counter((one["operation"], one["sha256"]) for one in changes)
    return sum(times - max(allowed[change], 1) for change, times in made.items() if times > max(allowed[change], 1))


def _is_trial(entry: Json) -> bool:
    """Panther's own dry runs change nothing."""
    given = entry["input"] or {}
    return bool(
        (given.get("query") or {}).get("run-tests-only") == ["true"]
        or any(isinstance(value, dict) and value.get("dryRun") for value in given.values())
    )

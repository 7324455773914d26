"""A whole sandbox without its server: clock, store, lake and the queries under way."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from panther_sandbox.clock import Clock
from panther_sandbox.lake.jobs import QueryJobs
from panther_sandbox.seed.filling import fill
from panther_sandbox.store.store import Store

if TYPE_CHECKING:
    from panther_sandbox.lake.engine import Lake


@dataclass(frozen=True)
class Sandbox:
    """What the APIs work on."""

    clock: Clock
    store: Store
    lake: Future[Lake]
    jobs: QueryJobs
    api_token: str
    read_only_token: str

    def close(self) -> None:
        """End the queries under way and free everything."""
        self.jobs.close()
        if self.lake.exception() is None:
            self.lake.result().close()
        self.store.close()


def open_sandbox(*, seed: int = 7, now: datetime | None = None) -> Sandbox:
    """Build a sandbox that holds the story; `now` is where its clock starts (the real time by default)."""
    clock = Clock(now)
    store = Store()
    seeded = fill(store, seed, clock.start)
    # The lake takes the longest to build, in threads of DuckDB's own: the APIs can answer before it is there.
    builder = ThreadPoolExecutor(1, thread_name_prefix="sandbox-lake")
    lake = builder.submit(_build_lake, seeded.lake_rows)
    builder.shutdown(wait=False)
    jobs = QueryJobs(lake, store.queries, clock)
    return Sandbox(clock, store, lake, jobs, seeded.api_token, seeded.read_only_token)


def _build_lake(rows: Mapping[str, list[dict[str, Any]]]) -> Lake:
    """Build the lake; DuckDB and the SQL parser are imported here, so that nothing else waits for them."""
    from panther_sandbox.lake.engine import Lake

    return Lake(rows)

"""A whole sandbox without its server: clock, store, lake and the queries under way."""

from __future__ import annotations

import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from panther_sandbox.clock import Clock, api_time, parse_time
from panther_sandbox.journal import Journal
from panther_sandbox.lake.columns import LOGS
from panther_sandbox.lake.jobs import QueryJobs
from panther_sandbox.lake.plan import LakePlan
from panther_sandbox.seed.facts import DEFAULT_SEED
from panther_sandbox.seed.filling import Seeded, fill
from panther_sandbox.seed.people import LENA
from panther_sandbox.store.documents import Kind
from panther_sandbox.store.store import Store

if TYPE_CHECKING:
    from panther_sandbox.lake.catalog import Catalog
    from panther_sandbox.lake.engine import Lake

_TOKENS = ("api_token", "read_only_token")


@dataclass(frozen=True)
class Sandbox:
    """What the APIs work on."""

    clock: Clock
    store: Store
    lake: Future[Lake]
    jobs: QueryJobs
    api_token: str
    read_only_token: str
    # What the store held at first, where that was kept.
    seeded: bytes | None = None
    journal: Journal = field(default_factory=Journal)

    @property
    def catalog(self) -> Catalog:
        """The lake's tables; waits until the lake is built."""
        return self.lake.result().catalog

    def restore(self) -> None:
        """Stop the queries under way, and forget all that clients have changed since the start."""
        if self.seeded is None:
            raise ValueError("this sandbox kept no state to go back to")
        self.jobs.settle()
        self.store.database.restore(self.seeded)
        _run_scheduled(self.store, self.jobs)

    def go_back(self, image: bytes) -> None:
        """Stop the queries under way, and let the store hold what it held when `image` was taken of it."""
        self.jobs.settle()
        self.store.database.restore(image)

    def close(self) -> None:
        """End the queries under way and free everything."""
        self.jobs.close()
        if self.lake.exception() is None:
            self.lake.result().close()
        self.store.close()


def open_sandbox(
    *,
    seed: int = DEFAULT_SEED,
    now: datetime | None = None,
    scale: int = 0,
    lake: Path | None = None,
    data: Path | None = None,
    restorable: bool = False,
) -> Sandbox:
    """Build a sandbox that holds the story; `now` is where its clock starts (the real time by default).

    With a folder for its data, a sandbox goes on where an earlier one ended: the story keeps its seed and its time.
    `scale` is how many rows the log tables hold at least (as many as the story needs, by default), `lake` a folder of
    own logs. With `restorable` it can go back to this state, unless it has a folder for its data: that takes some
    memory. Raises DataFolderError and LakeFilesError.
    """
    clock = Clock(now)
    store = Store(data)
    try:
        seeded = _fill_once(store, seed, clock.start)
    except BaseException:
        store.close()
        raise
    # The lake takes the longest to build, in threads of DuckDB's own: the APIs can answer before it is there.
    builder = ThreadPoolExecutor(1, thread_name_prefix="sandbox-lake")
    plan = LakePlan(seeded.lake_rows, seeded.everyday, clock.start, scale, lake)
    building = builder.submit(_build_lake, plan)
    builder.shutdown(wait=False)
    jobs = QueryJobs(building, store.queries, clock)
    image = store.database.image() if restorable and data is None else None
    sandbox = Sandbox(clock, store, building, jobs, seeded.api_token, seeded.read_only_token, image)
    if lake is not None:
        # What is wrong with the files is told at the start, not by the first query.
        failure = building.exception()
        if failure is not None:
            sandbox.close()
            raise failure
    _run_scheduled(store, jobs)
    return sandbox


def _run_scheduled(store: Store, jobs: QueryJobs) -> None:
    """Run the enabled scheduled queries once, as their schedule would: the history of queries begins with them."""
    for query in store.documents.all(Kind.QUERY):
        run_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"first run of {query['id']}"))
        if query.get("schedule") and not query["schedule"].get("disabled") and not store.queries.has(run_id):
            jobs.submit(query["sql"], LOGS, LENA.id, run_id)


def _fill_once(store: Store, seed: int, start: datetime) -> Seeded:
    """Put the story into a new store; an older one has it, and only the lake's rows are written again."""
    first_seed, first_start = store.setting("seed"), store.setting("start")
    if first_seed is not None and first_start is not None:
        again = Store()
        try:
            seeded = fill(again, int(first_seed), parse_time(first_start))
        finally:
            again.close()
        store.queries.end_orphans(api_time(start))
        # A client may have rotated one of the sandbox's own tokens since, or deleted it.
        kept = [store.tokens.find(store.setting(name) or "") for name in _TOKENS]
        values = [token["value"] if token else getattr(seeded, name) for name, token in zip(_TOKENS, kept, strict=True)]
        return replace(seeded, api_token=values[0], read_only_token=values[1])
    with store.database.transaction():
        seeded = fill(store, seed, start)
        store.note("seed", str(seed))
        store.note("start", start.isoformat())
        for name in _TOKENS:
            token = store.tokens.by_value(getattr(seeded, name))
            store.note(name, token["id"] if token else "")
    return seeded


def _build_lake(plan: LakePlan) -> Lake:
    """Build the lake; DuckDB and the SQL parser are imported here, so that nothing else waits for them."""
    from panther_sandbox.lake.engine import Lake

    return Lake(plan)

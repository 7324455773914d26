"""Asynchronous queries: each runs on a worker thread, can be cancelled, and is stopped when it takes too long."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from panther_sandbox.clock import Clock, api_time
from panther_sandbox.errors import QueryInterruptedError, QueryRejectedError
from panther_sandbox.store.queries import QueryStore

if TYPE_CHECKING:
    import duckdb

    from panther_sandbox.lake.engine import Lake, ResultSet

WORKERS = 8
TIME_LIMIT_SECONDS = 120.0
_WATCH_SECONDS = 0.2
_CUT = "The result has more rows than are kept: only the first {:,} are here. Aggregate, or narrow the query."

_log = logging.getLogger(__name__)


@dataclass
class _Run:
    """A query under way."""

    cursor: duckdb.DuckDBPyConnection
    deadline: float
    cancelled: threading.Event = field(default_factory=threading.Event)

    def must_stop(self) -> bool:
        return self.cancelled.is_set() or time.monotonic() > self.deadline


class QueryJobs:
    """Runs queries in the background and records how they end."""

    def __init__(
        self, lake: Future[Lake], queries: QueryStore, clock: Clock, *, time_limit: float = TIME_LIMIT_SECONDS
    ) -> None:
        self._lake = lake
        self._queries = queries
        self._clock = clock
        self._time_limit = time_limit
        self._runs: dict[str, _Run] = {}
        self._submitted: set[Future[None]] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._ended = threading.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="sandbox-query")
        self._watchdog = threading.Thread(target=self._watch, name="sandbox-query-watchdog", daemon=True)
        self._watchdog.start()

    def submit(self, sql: str, database: str, issued_by: str, query_id: str | None = None) -> str:
        """Start a query and return its id at once: a new one, unless `query_id` gives it."""
        query_id = query_id or str(uuid.uuid4())
        started = api_time(self._clock.now())
        self._queries.add({"id": query_id, "sql": sql, "issued_by": issued_by, "started_at": started})
        future = self._pool.submit(self._run, query_id, sql, database)
        with self._lock:
            self._submitted = {earlier for earlier in self._submitted if not earlier.done()} | {future}
        return query_id

    def cancel(self, query_id: str) -> None:
        """Stop a query; one that has ended stays as it is. Raises ObjectNotFoundError."""
        self._queries.get(query_id)
        self._end(query_id, "cancelled", "Query was cancelled by the user.")
        with self._lock:
            run = self._runs.get(query_id)
            if run is not None:
                run.cancelled.set()
                run.cursor.interrupt()

    def settle(self) -> None:
        """Stop every query and wait until none is under way."""
        with self._lock:
            submitted = list(self._submitted)
            for run in self._runs.values():
                run.cancelled.set()
        for future in submitted:
            future.cancel()
        wait(submitted)

    def close(self) -> None:
        """Stop every query and wait for the workers to end."""
        self._closed.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._ended.set()
        self._watchdog.join()

    def _run(self, query_id: str, sql: str, database: str) -> None:
        if self._closed.is_set() or self._queries.get(query_id)["status"] != "running":
            return
        began = time.perf_counter()
        try:
            result = self._execute(query_id, sql, database)
        except QueryRejectedError as error:
            self._end(query_id, "failed", str(error))
        except QueryInterruptedError:
            # A cancelled query has its record already; this is the one that took too long.
            limit = f"{self._time_limit:.0f} second(s)"
            reason = f"Statement reached its statement or warehouse timeout of {limit} and was canceled."
            self._end(query_id, "failed", reason)
        except Exception:
            # A fault of ours must still end the query, or its client would poll for ever.
            _log.exception("data lake query %s", query_id)
            self._end(query_id, "failed", "SQL execution internal error.")
        else:
            changes = {
                "status": "succeeded",
                "message": _CUT.format(len(result.rows)) if result.cut else "",
                "completed_at": api_time(self._clock.now()),
                "columns": result.columns,
                "types": result.types,
                "row_count": len(result.rows),
                "bytes_scanned": result.bytes_scanned,
                "execution_ms": (time.perf_counter() - began) * 1000,
            }
            self._queries.finish(query_id, changes, result.rows)

    def _execute(self, query_id: str, sql: str, database: str) -> ResultSet:
        lake = self._lake.result()
        run = _Run(lake.cursor(), time.monotonic() + self._time_limit)
        with self._lock:
            self._runs[query_id] = run
        try:
            return lake.query(sql, database, self._clock.now(), run.cursor)
        finally:
            with self._lock:
                del self._runs[query_id]
            run.cursor.close()

    def _end(self, query_id: str, status: str, message: str) -> None:
        completed = api_time(self._clock.now())
        self._queries.finish(query_id, {"status": status, "message": message, "completed_at": completed})

    def _watch(self) -> None:
        """Interrupt what must stop, again and again: an interruption before DuckDB began is lost."""
        while not self._ended.wait(_WATCH_SECONDS):
            with self._lock:
                for run in self._runs.values():
                    if self._closed.is_set() or run.must_stop():
                        run.cursor.interrupt()

"""Investigate an entity: what it did, what it set off and what it met, asked of the data lake side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from panther_mcp.errors import InvalidInput, NotFound, PantherMcpError
from panther_mcp.runtime import Call, JsonObject, Timestamp, plain
from panther_overrides.workflows.common.entity_kinds import PEOPLE, Entity, entity_of
from panther_overrides.workflows.common.entity_report import Findings, report
from panther_overrides.workflows.common.entity_sql import (
    ALL_LOGS,
    ALL_RULE_MATCHES,
    SIGNALS,
    Columns,
    Window,
    actions_sql,
    activity_sql,
    alerts_sql,
    signals_sql,
    table_of,
)
from panther_overrides.workflows.common.lake_queries import LakePage, run_query
from panther_overrides.workflows.common.lake_values import aliased, count
from panther_overrides.workflows.common.notable_actions import judged
from panther_overrides.workflows.common.side_by_side import together

if TYPE_CHECKING:
    from panther_tools.data_lake import InvestigateEntity

_LONGEST_BASELINE = timedelta(days=7)
_MOST_LOG_TYPES = 8
_LONGEST_WARNING = 200
_MOST_WARNINGS = 5

Job = Callable[[], Awaitable[Any]]


# The marks around what is untrusted take this much, in bytes.
_FENCE = 120


async def investigate_entity(
    call: Call,
    *,
    entity: str,
    kind: Literal["ip", "username", "email", "arn", "md5", "sha1", "sha256", "domain", "trace_id"] | None,
    start_date: Timestamp,
    end_date: Timestamp,
    max_bytes: int,
    timeout: int,
) -> JsonObject:
    """Return what the data lake holds of the entity, in at most `max_bytes` of JSON.

    A part that fails or is late is told in the warnings, unless all are. Raises `InvalidInput` for what is no
    entity, and the error of the first part when there is none that succeeded.
    """
    asked = entity_of(entity, kind)
    investigation = _Investigation(call, _window(start_date, end_date), timeout)
    who, asked = await investigation.identify(asked)
    found = await investigation.find(asked)
    if len(call.warnings) > _MOST_WARNINGS:
        call.warnings[_MOST_WARNINGS:] = [f"{len(call.warnings) - _MOST_WARNINGS} more parts are missing."]
    told = sum(len(warning.encode()) + 3 for warning in call.warnings)
    return report(asked, who, investigation.window, found, most_bytes=max_bytes - told - _FENCE)


class _Investigation:
    """One investigation: its window, its deadline, and the columns of the tables that it has asked for."""

    def __init__(self, call: Call, window: Window, timeout: float) -> None:
        self._call, self.window, self._timeout = call, window, timeout
        self._begun = asyncio.get_running_loop().time()

    async def identify(self, entity: Entity) -> tuple[JsonObject, Entity]:
        """Return who a person is, and the entity with the other names of theirs; any other entity as it is."""
        if entity.kind not in PEOPLE:
            return {}, entity
        try:
            profile = plain(await self._call.graphql.get_actor_profile(id=entity.value))
        except NotFound:
            return {}, entity
        except PantherMcpError as error:
            self._warn("The actor's profile could not be read", error)
            return {}, entity
        names = {"names": profile.get("displayNames"), "titles": profile.get("jobTitles")}
        wider = entity.also("p_any_emails", profile.get("emails", ())).also(
            "p_any_usernames", profile.get("usernames", ())
        )
        return {name: value for name, value in names.items() if value}, wider

    async def find(self, entity: Entity) -> Findings:
        """Return what the parts have found. Raises the first one's error when none succeeded."""
        found = Findings()
        jobs: list[tuple[str, Job]] = [
            ("activity", lambda: self._rows("activity", found, entity, ALL_LOGS, activity_sql)),
            ("alerts", lambda: self._rows("alerts", found, entity, ALL_RULE_MATCHES, alerts_sql)),
            ("signals", lambda: self._rows("signals", found, entity, SIGNALS, signals_sql)),
        ]
        outcomes = await together([job for _, job in jobs])
        errors = [outcome for outcome in outcomes if isinstance(outcome, PantherMcpError)]
        if len(errors) == len(jobs):
            raise errors[0]
        for (name, _), outcome in zip(jobs, outcomes, strict=True):
            if isinstance(outcome, PantherMcpError):
                self._warn(f"{name} is missing", outcome)
            else:
                setattr(found, name, outcome)
        await self._find_actions(entity, found)
        return found

    async def _find_actions(self, entity: Entity, found: Findings) -> None:
        busiest = sorted(found.of("log_type"), key=lambda row: -count(row.get("events")))
        log_types = [str(row["entry"]) for row in busiest if row.get("events")]
        if len(log_types) > _MOST_LOG_TYPES:
            self._call.warnings.append(f"notable is of the {_MOST_LOG_TYPES} busiest log types only.")
        log_types = log_types[:_MOST_LOG_TYPES]
        jobs: list[Job] = [lambda log_type=log_type: self._actions(entity, log_type, found) for log_type in log_types]  # type: ignore[misc]
        for log_type, outcome in zip(log_types, await together(jobs), strict=True):
            if isinstance(outcome, PantherMcpError):
                self._warn(f"notable lacks {log_type}", outcome)

    async def _rows(
        self,
        name: str,
        found: Findings,
        entity: Entity,
        table: tuple[str, str],
        sql: Callable[[Entity, Window, Columns], str],
    ) -> list[JsonObject]:
        columns = await self._columns(*table)
        page = await self._run(sql(self._held(entity, columns, table[1]), self.window, columns), ".".join(table))
        found.query_ids[name] = page.query_id
        return aliased(page.rows)

    async def _actions(self, entity: Entity, log_type: str, found: Findings) -> None:
        table = table_of(log_type)
        columns = await self._columns("panther_logs.public", table) if table else {}
        sql = actions_sql(self._held(entity, columns, log_type), self.window, table, columns) if table else None
        if sql is None:
            raise InvalidInput("no column of it tells what was done.", hint="")
        page = await self._run(sql, f"panther_logs.public.{table}")
        found.query_ids[log_type] = page.query_id
        other = "username" if entity.kind in ("ip", "domain") else "ip"
        before = {str(row["entry"]) for row in found.of(other) if row.get("seen_before")}
        rows = aliased(page.rows)
        actions = [row for row in rows if row.get("part") == "action"]
        found.actions += judged(log_type, actions, known_before=found.known_before, sources_before=before)
        found.agents += [row for row in rows if row.get("part") == "agent"]

    def _held(self, entity: Entity, columns: Columns, table: str) -> Entity:
        within = entity.within(columns)
        if not within.wanted:
            raise InvalidInput(f"{table} has no column for the kind {entity.kind}.", hint="Give another kind.")
        return within

    async def _columns(self, database: str, table: str) -> dict[str, str]:
        from panther_client.graphql.input_types import DataLakeDatabaseTableInput

        asked = DataLakeDatabaseTableInput(databaseName=database, tableName=table)
        answer = plain(await self._call.graphql.get_table_schema(input=asked))
        columns = (column for column in answer.get("columns", ()) if "name" in column)
        return {str(column["name"]).lower(): str(column.get("type", "")) for column in columns}

    async def _run(self, sql: str, table: str) -> LakePage:
        return await run_query(self._call, sql, (table,), timeout=self._timeout, since=self._begun)

    def _warn(self, what: str, error: PantherMcpError) -> None:
        self._call.warnings.append(f"{what}: {error.message}"[:_LONGEST_WARNING])


def _window(start: str, end: str) -> Window:
    begin, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
    # A window in the year 1 has nothing before it.
    before = min(until - begin, _LONGEST_BASELINE, begin - datetime.min.replace(tzinfo=begin.tzinfo))
    return Window((begin - before).isoformat(), start, end)


if TYPE_CHECKING:
    _: InvestigateEntity = investigate_entity

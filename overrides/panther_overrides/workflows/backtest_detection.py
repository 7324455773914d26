"""Run a rule over a sample of past events, in Panther's own engine, and tell how often it would have fired."""

from typing import TYPE_CHECKING

from panther_mcp.errors import InvalidInput, PermissionDenied
from panther_mcp.runtime import Call, JsonObject, Progress, page
from panther_overrides.workflows.common.backtest_report import Tried, comparison, fitted, report
from panther_overrides.workflows.common.backtest_subject import find_subject
from panther_overrides.workflows.common.detection_runs import Outcome, Trial, batches, run_events
from panther_overrides.workflows.common.lake_sampling import Window, log_tables, take_sample

if TYPE_CHECKING:
    from panther_tools.detections_write import BacktestDetection

_MOST_DAYS = 92
_MOST_LOG_TYPES = 30
_PAGE = 50


async def backtest_detection(
    call: Call,
    *,
    detection_id: str | None,
    body: str | None,
    log_types: list[str] | None,
    start_date: str,
    end_date: str,
    max_events: int,
    threshold: int | None,
    dedup_period_minutes: int | None,
    compare: bool,
) -> JsonObject:
    """Return how often, when and on what the rule fires in the window, and the alerts to expect; at most 24 kB.

    Nothing is stored, and the rule's code runs only in Panther.
    """
    window = _window(start_date, end_date)
    subject = await find_subject(
        call,
        detection_id=detection_id,
        body=body,
        log_types=log_types,
        threshold=threshold,
        dedup_period_minutes=dedup_period_minutes,
        compare=compare,
    )
    if len(subject.log_types) > _MOST_LOG_TYPES:
        raise InvalidInput(
            f"The rule runs over {len(subject.log_types)} log types; at most {_MOST_LOG_TYPES} can be backtested at "
            "once.",
            hint="Pass log_types with those that matter.",
        )
    steps = _Steps(call.progress)
    await steps.at("counting the events")
    tables = await log_tables(call, subject.log_types)
    taken, query_ids = await take_sample(call, tables, window, max_events, progress=steps.within)
    tried = [Tried(event, one.table.log_type, one.weight) for one in taken for event in one.events]
    total = sum(one.total for one in taken)
    result: JsonObject = {
        "window": {"start": start_date, "end": end_date, "days": round(window.days, 2)},
        "events_in_window": total,
        "events_sampled": len(tried),
    }
    exact = len(tried) >= total
    if not exact:
        result["sampling"] = f"about one of {total / len(tried):.1f} events, at equal distances in the order of time"
    after, before = await _outcomes(call, subject.trial, subject.before, tried, steps)
    _tell_gaps(call, after, total, exact=exact)
    result |= report(tried, after, subject.grouping, window.days, exact=exact)
    if before is not None:
        result["compare"] = comparison(tried, before, after, subject.grouping_before, window.days)
    if subject.stored and detection_id is not None:
        result |= await _raised(call, detection_id, start_date, end_date)
    return fitted(result | {"query_ids": query_ids})


async def _outcomes(
    call: Call, trial: Trial, before: Trial | None, tried: list[Tried], steps: "_Steps"
) -> tuple[list[Outcome | None], list[Outcome | None] | None]:
    """Return what the rule does with each event, and what it did before the change, if that is asked for."""
    events = [one.event for one in tried]
    steps.expect(sum(1 for _ in batches(events)) * (2 if before and before != trial else 1))

    async def finished() -> None:
        await steps.at(f"running the rule over {len(events)} events in Panther")

    after = await run_events(call, trial, events, finished=finished)
    if before is None:
        return after, None
    return after, after if before == trial else await run_events(call, before, events, finished=finished)


def _window(start_date: str, end_date: str) -> Window:
    window = Window(start_date, end_date)
    if not 0 < window.days <= _MOST_DAYS:
        raise InvalidInput(
            f"The window must be longer than nothing and at most {_MOST_DAYS} days; it is {window.days:.1f} days.",
            hint="Move start_date or end_date.",
        )
    return window


def _tell_gaps(call: Call, outcomes: list[Outcome | None], total: int, *, exact: bool) -> None:
    """Warn about what the numbers do not say by themselves."""
    if not outcomes:
        call.warnings.append("No event of these log types lies in the window: the rule was not run at all.")
        return
    if left_out := outcomes.count(None):
        call.warnings.append(f"{left_out} events are larger than 1 MB each: the rule was not run over them.")
    ran = [outcome for outcome in outcomes if outcome is not None and not outcome.errored]
    if ran and not exact and not any(outcome.fired for outcome in ran):
        # The rule of three: with no hit in n draws, the share of hits is below 3/n at 95 % confidence.
        most = min(round(3 * total / len(ran)), total - len(ran))
        call.warnings.append(
            f"Nothing fires in the sample; up to about {most} of the {total} events may all the same (95 % confidence)."
        )


async def _raised(call: Call, detection_id: str, start_date: str, end_date: str) -> JsonObject:
    """Return how many alerts Panther itself raised for the stored rule in the window: a check on the numbers."""
    from panther_client.graphql.enums import AlertListingType
    from panther_client.graphql.input_types import AlertsInput

    asked = AlertsInput(
        detectionId=detection_id,
        createdAtAfter=start_date,
        createdAtBefore=end_date,
        type=AlertListingType.ALERT,
        pageSize=_PAGE,
    )
    try:
        found = page(await call.graphql.list_alert_ids(input=asked), "alerts")
    except PermissionDenied:
        call.warnings.append("The alerts that Panther raised are not told: the API token lacks AlertRead.")
        return {}
    count = len(found["alerts"])
    return {"alerts_raised": f"{count}+" if found.get("next_cursor") else str(count)}


class _Steps:
    """Progress that only moves forward, over steps of which the number is known late."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._told = -1.0
        self._total: float | None = None

    def expect(self, more: int) -> None:
        """Say how many steps are still to come."""
        self._total = self._done + more

    async def at(self, message: str) -> None:
        """Tell that a step begins or has ended."""
        self._done += 1
        await self._tell(self._done, message)

    async def within(self, elapsed: float, total: float | None, message: str) -> None:
        """Tell how far the step is that a query makes up."""
        await self._tell(self._done + min(elapsed / (total or 1), 0.99), message)

    async def _tell(self, done: float, message: str) -> None:
        if done > self._told:
            self._told = done
            await self._progress(done, self._total, message)


if TYPE_CHECKING:
    _: BacktestDetection = backtest_detection

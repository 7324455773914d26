"""Summarise log events with Panther AI: the summary that there is of them, else a new one."""

from typing import TYPE_CHECKING

from pydantic_core import to_json

from panther_mcp.errors import NotFound
from panther_mcp.runtime import Call, JsonObject, poll

if TYPE_CHECKING:
    from typing import Literal

    from panther_client.graphql.find_events_summary import FindEventsSummaryCachedAISummaryData
    from panther_client.graphql.input_types import AISummarizeLogEventsInput
    from panther_tools.ai import SummarizeLogEvents


async def summarize_log_events(
    call: Call,
    *,
    events: list[dict[str, object]],
    prompt: str | None,
    output_length: "Literal['xsmall', 'small', 'medium', 'large', 'xlarge', 'largest']",
    timeout_seconds: int,
) -> JsonObject:
    """Return the text, and whether it had been there before. Raises as `poll` does where it is not finished."""
    from panther_client.graphql.enums import OutputLength
    from panther_client.graphql.input_types import AISummarizeLogEventsInput

    asked = AISummarizeLogEventsInput(
        events=[to_json(event).decode() for event in events], prompt=prompt, outputLength=OutputLength(output_length)
    )
    run = await _existing(call, asked)
    cached = run is not None and bool(run.streamId)
    text = await poll(
        call,
        run if cached else await call.graphql.start_events_summary(input=asked),
        "streamId",
        lambda run_id: call.graphql.get_ai_stream(streamId=run_id),
        until="finished",
        error="error",
        timeout=timeout_seconds,
    )
    return {**text, "cached": cached}


async def _existing(call: Call, asked: "AISummarizeLogEventsInput") -> "FindEventsSummaryCachedAISummaryData | None":
    """Return the run that was asked the same before, or None."""
    try:
        return await call.graphql.find_events_summary(input=asked)
    except NotFound:
        return None


if TYPE_CHECKING:
    _: SummarizeLogEvents = summarize_log_events

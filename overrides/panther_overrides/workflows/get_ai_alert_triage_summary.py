"""Read the latest AI run on an alert, without starting one."""

from typing import TYPE_CHECKING

from panther_mcp.errors import NotFound, UpstreamError, bounded
from panther_mcp.runtime import Call, JsonObject, listing, record

if TYPE_CHECKING:
    from panther_tools.ai import GetAiAlertTriageSummary


async def get_ai_alert_triage_summary(call: Call, *, alert_id: str) -> JsonObject:
    """Return the text of the latest run, and how many there have been.

    Raises `NotFound` when there has been none, `UpstreamError` when the latest failed.
    """
    from panther_client.graphql.input_types import AIInferenceStreamsMetadataInput

    # The runs of an alert stand under its id as their alias, oldest first.
    answer = await call.graphql.list_ai_runs_of_alert(input=AIInferenceStreamsMetadataInput(alias=alert_id))
    runs = [run["streamId"] for run in listing(answer, "runs")["runs"] if "streamId" in run]
    if not runs:
        raise NotFound(
            f"There has been no AI triage of alert {bounded(alert_id, 200)}.",
            hint="Check the alert's id, or run one with start_ai_alert_triage.",
        )
    found = record(await call.graphql.get_ai_stream(streamId=runs[-1]))
    if error := found.pop("error", None):
        raise UpstreamError(f"The latest AI run failed: {bounded(str(error))}", retryable=True)
    return {**found, "runs": len(runs)}


if TYPE_CHECKING:
    _: GetAiAlertTriageSummary = get_ai_alert_triage_summary

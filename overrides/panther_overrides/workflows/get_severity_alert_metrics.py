"""Count alerts by kind and severity; GraphQL names both in a label such as "Rule HIGH"."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.metric_series import chosen

if TYPE_CHECKING:
    from typing import Literal

    from panther_tools.metrics import GetSeverityAlertMetrics


async def get_severity_alert_metrics(
    call: Call,
    *,
    start_date: str,
    end_date: str,
    interval_in_minutes: int,
    alert_types: list[str] | None,
    severities: "list[Literal['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO']] | None",
) -> JsonObject:
    """Return the alerts of each kind and severity, of those only that are asked for."""
    from panther_client.graphql.input_types import MetricsInput

    answer = await call.graphql.get_severity_alert_metrics(
        input=MetricsInput(fromDate=start_date, toDate=end_date, intervalInMinutes=interval_in_minutes)
    )
    kinds = frozenset(kind.casefold() for kind in alert_types or ())

    def keep(item: JsonObject) -> bool:
        kind, _, severity = str(item.get("label", "")).rpartition(" ")
        return (not kinds or kind.casefold() in kinds) and (not severities or severity in severities)

    return chosen(answer.alertsPerSeverity if answer else None, "alertsPerSeverity", keep)


if TYPE_CHECKING:
    _: GetSeverityAlertMetrics = get_severity_alert_metrics

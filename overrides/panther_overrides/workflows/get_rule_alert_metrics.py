"""Count alerts by rule; GraphQL has no filter for rules."""

from typing import TYPE_CHECKING

from panther_mcp.runtime import Call, JsonObject
from panther_overrides.workflows.common.metric_series import chosen

if TYPE_CHECKING:
    from panther_tools.metrics import GetRuleAlertMetrics


async def get_rule_alert_metrics(
    call: Call, *, start_date: str, end_date: str, interval_in_minutes: int, rule_ids: list[str] | None
) -> JsonObject:
    """Return the alerts of each rule, of `rule_ids` only where they are given."""
    from panther_client.graphql.input_types import MetricsInput

    answer = await call.graphql.get_rule_alert_metrics(
        input=MetricsInput(fromDate=start_date, toDate=end_date, intervalInMinutes=interval_in_minutes)
    )
    wanted = frozenset(rule_ids or ())
    series = answer.alertsPerRule if answer else None
    return chosen(series, "alertsPerRule", lambda item: not wanted or item.get("entityId") in wanted)


if TYPE_CHECKING:
    _: GetRuleAlertMetrics = get_rule_alert_metrics

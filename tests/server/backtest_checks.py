"""The check of backtest_detection: the hits that are planted in the lake, counted by SQL, and the alerts they made."""

from typing import Any

from .checks import check

# For each rule of the story: its events, in SQL that was written from what the rule is for, not from its code.
PLANTED = {
    "Okta.MFA.PushFatigue": ("okta_systemlog", "eventType = 'user.mfa.okta_verify.deny_push'"),
    "AWS.S3.BulkObjectRead": (
        "aws_cloudtrail",
        "eventName = 'GetObject' AND requestParameters:bucketName::string LIKE 'acme-customer-%'"
        " AND sourceIPAddress NOT LIKE '10.20.%'",
    ),
    "GSuite.Drive.ExternalShare": ("gsuite_reports", "parameters:visibility::string = 'shared_externally'"),
}


async def planted(mcp: Any, rule: str) -> list[dict[str, Any]]:
    """The events on which a rule must fire, as the lake has them."""
    table, condition = PLANTED[rule]
    sql = f"SELECT p_row_id, p_event_time FROM {table} WHERE p_occurs_since('30 d') AND {condition} ORDER BY 2, 1"
    return (await mcp("query_data_lake", sql=sql, max_rows=999))["rows"]


def events_in(panther: Any, table: str) -> int:
    """How many events the lake has, asked without any of our code."""
    start = "mutation($s: String!) { executeDataLakeQuery(input: {sql: $s}) { id } }"
    query = panther.graphql(start, s=f"SELECT COUNT(*) AS n FROM panther_logs.public.{table}")["executeDataLakeQuery"]
    read = "query($id: ID!) { dataLakeQuery(id: $id) { status results { edges { node } } } }"
    while True:
        found = panther.graphql(read, id=query["id"])["dataLakeQuery"]
        if found["status"] == "succeeded":
            return found["results"]["edges"][0]["node"]["n"]
        assert found["status"] == "running"


@check("backtest_detection")
async def backtest(mcp, panther):
    before = panther.all("/rules")
    for rule, (table, _) in PLANTED.items():
        hits = await planted(mcp, rule)
        assert hits
        alerts = panther.all("/alerts", **{"detection-id": rule, "type": "ALERT"})
        stored = panther.rest(f"/rules/{rule}")
        told = await mcp("backtest_detection", detection_id=rule, start_date="-30d", max_events=2000)
        assert told["events_in_window"] == told["events_sampled"] == events_in(panther, table)
        assert "sampling" not in told
        assert told["fired"] == len(hits)
        assert told["alerts"] == {
            "in_window": len(alerts),
            "per_day": round(len(alerts) / 30, 2),
            "threshold": stored["threshold"],
            "dedup_period_minutes": stored["dedupPeriodMinutes"],
        }
        assert told["alerts_raised"] == str(len(alerts))
        assert {one["title"] for one in told["groups"]} == {alert["title"] for alert in alerts}
        assert sum(one["fired"] for one in told["groups"]) == len(hits)
        days = [hit["p_event_time"][:10] for hit in hits]
        assert told["by_day"] == [{"day": day, "fired": days.count(day)} for day in sorted(set(days))]
        assert {one["row_id"] for one in told["examples"]} <= {hit["p_row_id"] for hit in hits}
        assert 1 <= len(told["examples"]) <= 5
        assert len(told["query_ids"]) == 2
    assert panther.all("/rules") == before, "nothing was stored"

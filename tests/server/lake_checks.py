"""Checks of the tools that search the lake and read its history: what they tell is what the sandbox holds."""

import json
from datetime import UTC, datetime, timedelta

from panther_sandbox.seed.facts import DEFAULT_SEED, StoryFacts

from .checks import check, said
from .lake import events_with, rows_of, started

FACTS = StoryFacts.of(DEFAULT_SEED)


def last_week() -> str:
    return (datetime.now(UTC) - timedelta(days=7)).isoformat(sep=" ")


@check("get_data_lake_query")
async def query(mcp, panther):
    sql = "SELECT p_row_id, p_event_time FROM panther_logs.public.okta_systemlog ORDER BY p_row_id LIMIT 30"
    ran = await mcp("query_data_lake", sql=sql, max_rows=10)
    found = await mcp("get_data_lake_query", query_id=ran["query_id"], max_rows=10)
    assert (found["status"], found["sql"], found["rows"]) == ("succeeded", sql, ran["rows"])
    assert (found["row_count"], found["summary"]) == (30, ran["summary"])
    on = await mcp("get_data_lake_query", query_id=ran["query_id"], cursor=found["next_cursor"], max_rows=999)
    assert [*found["rows"], *on["rows"]] == rows_of(panther, sql)
    assert "next_cursor" not in on
    failed = await mcp("get_data_lake_query", query_id=started(panther, "SELECT nope FROM okta_systemlog"))
    while failed["status"] == "running":
        failed = await mcp("get_data_lake_query", query_id=failed["query_id"])
    assert (failed["status"], "NOPE" in failed["message"], "rows" in failed) == ("failed", True, False)
    assert (await mcp.refused("get_data_lake_query", query_id="no-such-query"))["code"] == "not_found"


@check("list_data_lake_queries")
async def queries(mcp, panther):
    mark = "-- a mark of the history"
    long = f"SELECT '{'x' * 300}' AS x {mark}"
    for sql in (f"SELECT 1 AS one {mark}", f"SELECT nope {mark}", long):
        await mcp.raw("query_data_lake", sql=sql)
    document = (
        "query($c: String) { dataLakeQueries(input: {contains: $c, pageSize: 3}) { edges { node { id name status "
        "message sql isScheduled startedAt completedAt issuedBy { ... on APIToken { id name } } } } } }"
    )
    expected = [said(one["node"]) for one in panther.graphql(document, c=mark)["dataLakeQueries"]["edges"]]
    full = await mcp("list_data_lake_queries", contains=mark, limit=3, detail="full")
    assert full["queries"] == expected
    compact = (await mcp("list_data_lake_queries", contains=mark, limit=3))["queries"]
    assert [one["id"] for one in compact] == [one["id"] for one in expected]
    assert (len(compact[0]["sql"]), compact[0]["sql"][:-1]) == (200, long[:199])
    failed = await mcp("list_data_lake_queries", contains=mark, statuses=["failed"])
    assert {one["status"] for one in failed["queries"]} == {"failed"}
    assert (await mcp("list_data_lake_queries", contains=mark, end_date="-1d"))["queries"] == []
    first = await mcp("list_data_lake_queries", contains=mark, limit=1)
    second = await mcp("list_data_lake_queries", contains=mark, limit=1, cursor=first["next_cursor"])
    assert [first["queries"][0]["id"], second["queries"][0]["id"]] == [one["id"] for one in expected[:2]]


@check("cancel_data_lake_query")
async def cancel(mcp, panther):
    slow = "SELECT COUNT(*) FROM aws_cloudtrail a, aws_cloudtrail b, aws_cloudtrail c, aws_cloudtrail d"
    query_id = started(panther, slow)
    done = await mcp("cancel_data_lake_query", query_id=query_id)
    assert done == {
        "query_id": query_id,
        "status_before": "running",
        "status": "cancelled",
        "cancelled": [query_id],
    }
    document = "query($id: ID!) { dataLakeQuery(id: $id) { status } }"
    assert panther.graphql(document, id=query_id)["dataLakeQuery"]["status"] == "cancelled"
    again = await mcp("cancel_data_lake_query", query_id=query_id)
    assert (again["status"], "cancelled" in again) == ("cancelled", False)
    assert again["warnings"] == ["It had ended before: nothing was cancelled."]
    assert (await mcp.refused("cancel_data_lake_query", query_id="no-such-query"))["code"] == "not_found"


@check("search_indicators")
async def indicators(mcp, panther):
    held = {
        log_type: [row for row in rows if row["p_event_time"] >= last_week()]
        for log_type, rows in events_with(panther, FACTS.login_ip, FACTS.exfil_ip, columns="p_any_ip").items()
    }
    found = await mcp("search_indicators", indicators=[FACTS.login_ip, FACTS.exfil_ip], rows_per_table=2)
    assert {table["log_type"]: table["row_count"] for table in found["tables"]} == {
        log_type: len(rows) for log_type, rows in held.items()
    }
    assert found["row_count"] == sum(map(len, held.values())) > 400
    for table in found["tables"]:
        expected = held[table["log_type"]]
        assert table["rows"] == expected[:2]
        rest = await mcp("get_data_lake_query", query_id=table["query_id"], max_rows=3)
        assert rest["rows"] == expected[:3]
    shown = sum(len(table["rows"]) for table in found["tables"])
    assert found["note"].startswith(f"{shown} of {found['row_count']} rows are shown.")
    nothing = await mcp("search_indicators", indicators=["192.0.2.254"], tables=["okta_systemlog"])
    assert (nothing["tables"], nothing["row_count"], nothing["tables_without_matches"]) == ([], 0, 1)
    assert nothing["note"].startswith("No matches from ")
    wrong = await mcp.refused("search_indicators", indicators=["x"], indicator_type="p_any_email")
    assert (wrong["code"], "p_any_emails" in wrong["hint"]) == ("invalid_input", True)


@check("get_alert_actor_activity")
async def activity(mcp, panther):
    alert = panther.alert("is forwarded outside")
    found = await mcp("get_alert_actor_activity", alert_id=alert["id"], rows_per_table=100)
    (event,) = panther.rest(f"/alerts/{alert['id']}/events", limit=50)["results"]
    moment = datetime.fromisoformat(event["p_event_time"] + "+00:00")
    first, last = (f"{moment + timedelta(days=days):%Y-%m-%d %H:%M:%S}" for days in (-1, 1))
    wanted = {value for name in ("p_any_usernames", "p_any_emails") for value in event.get(name, ())}
    expected = {
        log_type: len([row for row in rows if first <= row["p_event_time"] <= last])
        for log_type, rows in events_with(panther, *wanted).items()
    }
    told = {table["log_type"]: table["row_count"] for table in found["tables"]}
    assert told == {log_type: count for log_type, count in expected.items() if count}
    assert len(json.dumps([table["rows"] for table in found["tables"]], separators=(",", ":"))) < 41_000
    assert all(table["rows"] for table in found["tables"]), "no table crowds out another"
    assert (await mcp.refused("get_alert_actor_activity", alert_id="no-such-alert"))["code"] == "not_found"


@check("get_actor_profile")
async def profile(mcp, panther):
    fields = (
        "entityId displayNames emails usernames jobTitles departments managers organizations employmentStatus "
        "firstObservedAt lastLoginAt phones addresses { city countryCode }"
    )
    document = f"query($id: ID!) {{ actorProfileInfo(id: $id) {{ {fields} }} }}"
    expected = said(panther.graphql(document, id=FACTS.victim.email)["actorProfileInfo"])
    for name in (FACTS.victim.email, FACTS.victim.username):
        assert await mcp("get_actor_profile", actor_id=name) == expected
    assert FACTS.victim.full_name in expected["displayNames"]
    assert (await mcp.refused("get_actor_profile", actor_id="nobody@acme.example"))["code"] == "not_found"


@check("get_alert_event_stats")
async def event_stats(mcp, panther):
    ids = [panther.alert(title)["id"] for title in ("bulk read of s3", "listing buckets", "is forwarded outside")]
    found = await mcp("get_alert_event_stats", alert_ids=[*ids, "no-such-alert", ids[0]], time_window=15)
    events = {one: panther.all(f"/alerts/{one}/events", limit=250) for one in ids}
    assert {one["alert_id"]: (one["events"], one["first_event"], one["last_event"]) for one in found["alerts"]} == {
        one: (len(rows), min(row["p_event_time"] for row in rows), max(row["p_event_time"] for row in rows))
        for one, rows in events.items()
    }
    for one in found["alerts"]:
        held = panther.rest(f"/alerts/{one['alert_id']}")
        assert (one["severity"], one["rule_id"]) == (held["severity"], held["detection"]["id"])
    buckets: dict[tuple[str, str], int] = {}
    for one, rows in events.items():
        for row in rows:
            moment = datetime.fromisoformat(row["p_event_time"])
            start = moment.replace(minute=moment.minute // 15 * 15)
            buckets[f"{start:%Y-%m-%d %H:%M}", one] = buckets.get((f"{start:%Y-%m-%d %H:%M}", one), 0) + 1
    assert {(row["bucket"], row["alert_id"]): row["events"] for row in found["buckets"]} == buckets
    assert sorted(buckets) == [(row["bucket"], row["alert_id"]) for row in found["buckets"]]
    shared = {one["value"]: one for one in found["shared"]}
    assert (shared[FACTS.exfil_ip]["alerts"], shared[FACTS.exfil_ip]["events"]) == (2, 419)
    assert shared[FACTS.exfil_ip]["alert_ids"] == sorted(ids[:2])
    assert FACTS.victim.email not in shared
    assert found["without_events"] == ["no-such-alert"]
    assert "try an earlier start_date" in found["note"]


@check("investigate_entity")
async def entity(mcp, panther):
    found = await mcp("investigate_entity", entity=FACTS.login_ip)
    held = {
        log_type: [row for row in rows if row["p_event_time"] >= last_week()]
        for log_type, rows in events_with(panther, FACTS.login_ip, columns="p_any_ip").items()
    }
    assert {one["log_type"]: (one["events"], one["first"]) for one in found["activity"]} == {
        log_type: (len(rows), rows[0]["p_event_time"][:19]) for log_type, rows in held.items()
    }
    matches = rows_of(panther, "SELECT p_alert_id, p_any_ip_addresses FROM panther_views.public.all_rule_matches")
    alerts = {row["p_alert_id"] for row in matches if FACTS.login_ip in row.get("p_any_ip_addresses", ())}
    assert {one["alert_id"] for one in found["alerts"]} == alerts
    assert sum(one["events"] for one in found["notable"]) == sum(map(len, held.values()))
    emails = {one["value"]: one["events"] for one in found["related"]["email"]}
    expected = [email for rows in held.values() for row in rows for email in row.get("p_any_emails", ())]
    assert emails == {email: expected.count(email) for email in set(expected)}
    document = "query($id: ID!) { dataLakeQuery(id: $id) { status } }"
    for query_id in found["query_ids"].values():
        assert panther.graphql(document, id=query_id)["dataLakeQuery"]["status"] == "succeeded"

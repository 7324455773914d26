"""backtest_detection: samples that are even, estimates that hold, changes compared, and nothing stored or run here."""

import pytest

from panther_overrides.workflows.common.lake_sampling import LogTable, Window, sample_sql

TOOL = "backtest_detection"
ALL = "def rule(event):\n    return True\n"
CLOUDTRAIL = {"log_types": ["AWS.CloudTrail"], "start_date": "-20d"}
MOST_BYTES = 24_000


async def rows(mcp, sql):
    return (await mcp("query_data_lake", sql=sql, max_rows=999))["rows"]


async def test_every_rule_would_have_raised_the_alerts_that_there_are(mcp, panther):
    for rule in panther.all("/rules"):
        told = await mcp(TOOL, detection_id=rule["id"], start_date="-20d", max_events=2000)
        assert (rule["id"], str(told["alerts"]["in_window"])) == (rule["id"], told["alerts_raised"])
        assert told["fired"] > 0


async def test_a_sample_is_spread_evenly_over_the_events(mcp):
    told = await mcp(TOOL, body=ALL, max_events=100, **CLOUDTRAIL)
    assert (told["events_sampled"], told["fired"]) == (100, 100)
    assert told["sampling"] == (
        f"about one of {told['events_in_window'] / 100:.1f} events, at equal distances in the order of time"
    )
    assert told["fired_estimated"] == told["events_in_window"]
    days = await rows(
        mcp,
        "SELECT TO_VARCHAR(p_event_time, 'YYYY-MM-DD') AS day, COUNT(*) AS n FROM aws_cloudtrail "
        "WHERE p_occurs_since('20 d') GROUP BY 1 ORDER BY 1",
    )
    estimated = {one["day"]: one["estimated"] for one in told["by_day"]}
    assert estimated.keys() <= {truth["day"] for truth in days}
    for truth in days:
        # A day has a whole number of them, and one more or less at its ends; the window may cut the first one short.
        assert abs(estimated.get(truth["day"], 0) - truth["n"]) <= 2 * told["events_in_window"] / 100
    again = await mcp(TOOL, body=ALL, max_events=100, **CLOUDTRAIL)
    assert (again["by_day"], again["examples"]) == (told["by_day"], told["examples"])


@pytest.mark.parametrize("most", [100, 400])
async def test_what_a_sample_says_of_the_alerts_encloses_the_truth(mcp, most):
    for rule in ("AWS.S3.BulkObjectRead", "Okta.Login.FailedPassword", "Okta.MFA.PushFatigue"):
        exact = await mcp(TOOL, detection_id=rule, start_date="-20d", max_events=2000)
        sampled = await mcp(TOOL, detection_id=rule, start_date="-20d", max_events=most)
        alerts = sampled["alerts"]
        assert alerts["at_least"] <= exact["alerts"]["in_window"] <= alerts["at_most"], rule
        share = exact["events_in_window"] / most
        assert abs(sampled["fired_estimated"] - exact["fired"]) <= 4 * share, rule
        assert alerts["per_day_at_most"] == round(alerts["at_most"] / 20, 2)


async def test_a_sample_without_a_hit_says_what_it_may_have_missed(mcp):
    told = await mcp(TOOL, body="def rule(event):\n    return False\n", max_events=100, **CLOUDTRAIL)
    most = round(3 * told["events_in_window"] / 100)
    assert told["warnings"] == [
        f"Nothing fires in the sample; up to about {most} of the {told['events_in_window']} events may all the same "
        "(95 % confidence)."
    ]
    assert (told["fired"], told["fired_estimated"], told["alerts"]["in_window"]) == (0, 0, 0)
    whole = await mcp(TOOL, body="def rule(event):\n    return False\n", max_events=2000, **CLOUDTRAIL)
    assert "warnings" not in whole


async def test_several_log_types_are_weighed_by_their_events(mcp):
    given = {"log_types": ["AWS.CloudTrail", "GitHub.Audit", "No.Such.Type"], "start_date": "-20d", "max_events": 100}
    body = "def rule(event):\n    return True\ndef dedup(event):\n    return event['p_log_type']\n"
    told = await mcp(TOOL, body=body, **given)
    counts = {
        table: (await rows(mcp, f"SELECT COUNT(*) AS n FROM {table} WHERE p_occurs_since('20 d')"))[0]["n"]
        for table in ("aws_cloudtrail", "github_audit")
    }
    assert told["events_in_window"] == told["fired_estimated"] == sum(counts.values())
    fired = {one["dedup"]: one["fired"] for one in told["groups"]}
    assert fired.keys() == {"AWS.CloudTrail", "GitHub.Audit"}
    # The small one is sampled more densely than its share.
    assert fired["GitHub.Audit"] / fired["AWS.CloudTrail"] > counts["github_audit"] / counts["aws_cloudtrail"]
    assert told["warnings"] == ["The data lake has no table of No.Such.Type: left out."]
    assert len(told["query_ids"]) == 3


async def test_very_many_events_are_thinned_out_before_they_are_sorted(mcp):
    window = Window("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z")
    table = LogTable("AWS.CloudTrail", "aws_cloudtrail")
    sql = sample_sql(table, window, 970, 50, sorted_rows=200)
    assert "MOD(ABS(HASH(p_row_id)), 5) = 0" in sql
    assert "HASH" not in sample_sql(table, window, 970, 50)
    found = await rows(mcp, sql.replace("SELECT *", "SELECT p_row_id, p_event_time"))
    assert len({row["p_row_id"] for row in found}) == 50
    assert found == sorted(found, key=lambda row: (row["p_event_time"], row["p_row_id"]))


CHANGED = """\
def rule(event):
    return event.get("eventType") in ("user.mfa.okta_verify.deny_push", "user.mfa.factor.activate") and "dan" not in \
event.deep_get("actor", "alternateId", default="")

def dedup(event):
    return "all"
"""


async def test_a_change_is_compared_with_the_stored_rule(mcp, panther):
    rule = "Okta.MFA.PushFatigue"
    given = {"detection_id": rule, "start_date": "-20d", "max_events": 2000}
    before = await mcp(TOOL, given)
    after = await mcp(TOOL, given | {"body": CHANGED, "threshold": 2, "dedup_period_minutes": 5})
    compared = after["compare"]
    assert (compared["fired_before"], compared["alerts_before"]) == (before["fired"], before["alerts"])
    assert after["alerts"]["threshold"] == 2
    assert after["alerts"]["dedup_period_minutes"] == 5
    assert after["fired"] == before["fired"] - compared["no_longer"] + compared["newly"]
    assert compared["no_longer"] == 4, "the pushes of the one who was not compromised"
    gone = {one["row_id"] for one in compared["examples_no_longer"]}
    held = await rows(
        mcp, f"SELECT actor:alternateId::string AS who FROM okta_systemlog WHERE p_row_id IN {tuple(gone)}"
    )
    assert {row["who"].split(".")[0] for row in held} == {"dan"}
    assert "compare" not in before
    assert "compare" not in await mcp(TOOL, given | {"body": CHANGED, "compare": False})
    only_threshold = await mcp(TOOL, given | {"threshold": 13})
    assert only_threshold["alerts"]["in_window"] == 0
    assert only_threshold["compare"]["alerts_before"] == before["alerts"]
    assert (only_threshold["compare"]["no_longer"], only_threshold["compare"]["newly"]) == (0, 0)


async def test_a_simple_rule_with_other_conditions(mcp):
    yaml = "MatchFilters:\n  - Key: eventName\n    Condition: Equals\n    Values: [GetObject]\n"
    told = await mcp(TOOL, detection_id="AWS.Console.RootLogin", body=yaml, start_date="-20d", max_events=2000)
    truth = await rows(
        mcp, "SELECT COUNT(*) AS n FROM aws_cloudtrail WHERE p_occurs_since('20 d') AND eventName = 'GetObject'"
    )
    assert (told["fired"], told["compare"]["fired_before"]) == (truth[0]["n"], 0)


async def test_globals_and_data_models_are_panthers(mcp):
    body = (
        "from acme_aws import caller_name\n"
        "def rule(event):\n    return event.udm('source_ip') == event.get('sourceIPAddress') != None\n"
        "def title(event):\n    return caller_name(event)\n"
    )
    told = await mcp(TOOL, body=body, max_events=50, **CLOUDTRAIL)
    assert told["fired"] == 50
    assert "errors" not in told


async def test_errors_of_the_code_are_counted(mcp):
    body = (
        "def rule(event):\n    return event['eventName'] == 'GetObject' or {}[event['eventSource']]\n"
        "def title(event):\n    return 7\n"
        "def severity(event):\n    return 'HIGH'\n"
    )
    told = await mcp(TOOL, body=body, max_events=2000, **CLOUDTRAIL)
    found = {(one["function"], one["error"].partition(":")[0]) for one in told["errors"]}
    assert found == {("detection", "KeyError"), ("title", "TypeError")}
    assert len(told["errors"]) <= 5
    assert told["fired"] + told["errored"] == told["events_in_window"]
    assert told["severities"] == {"HIGH": told["fired"]}
    # Without a title, Panther groups by a string of its own.
    assert told["groups"][0]["dedup"] == "(one for the whole rule)"


async def test_code_that_cannot_run_is_refused_with_the_reason(mcp):
    for body, reason in (("def rule(", "not valid Python"), ("x = 1", "no function rule"), ("import nope", "nope")):
        error = await mcp.refused(TOOL, body=body, **CLOUDTRAIL)
        assert (error["code"], reason in error["message"]) == ("invalid_input", True)


async def test_a_rule_that_never_ends_is_ended_in_panther(mcp):
    told = await mcp(TOOL, body="def rule(event):\n    while True: pass\n", max_events=10, **CLOUDTRAIL)
    assert (told["errored"], told["errors"][0]["error"].partition(":")[0]) == (10, "Killed")


REFUSED = {
    "scheduled": ({"detection_id": "AWS.AccessKey.NewSource.Scheduled"}, "invalid_input", "get_scheduled_query"),
    "policy": ({"detection_id": "AWS.IAM.KeyRotation"}, "invalid_input", "list_alerts"),
    "unknown": ({"detection_id": "a/b?c#d"}, "not_found", "list_detections"),
    "neither": ({}, "invalid_input", "at least one"),
    "no logs": ({"body": ALL}, "invalid_input", "log_types"),
    "no table": ({"body": ALL, "log_types": ["'; DROP TABLE x"]}, "not_found", "list_database_tables"),
    "too long": ({"body": ALL, **CLOUDTRAIL, "start_date": "-93d"}, "invalid_input", "start_date"),
    "no time": ({"body": ALL, **CLOUDTRAIL, "end_date": "-20d"}, "invalid_input", "end_date"),
    "backwards": ({"body": ALL, **CLOUDTRAIL, "end_date": "-30d"}, "invalid_input", "Exchange"),
}


@pytest.mark.parametrize(("given", "code", "hint"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_backtested_says_what_to_do(mcp, given, code, hint):
    error = await mcp.refused(TOOL, given)
    assert (error["code"], hint in error["hint"]) == (code, True), error


async def test_a_window_without_events_says_so(mcp):
    told = await mcp(TOOL, body=ALL, log_types=["AWS.CloudTrail"], start_date="2020-01-01", end_date="2020-01-02")
    assert told["warnings"] == ["No event of these log types lies in the window: the rule was not run at all."]
    assert (told["events_in_window"], told["fired"]) == (0, 0)


async def test_hostile_text_is_bounded_and_cleaned(mcp):
    body = (
        "def rule(event):\n    return True\n"
        "def title(event):\n    return event['p_row_id'] + '\\u202e\\x00ignore all' + '\\U0001f600' * 900\n"
        "def dedup(event):\n    return event['p_row_id'] + 'x' * 2000\n"
        "def severity(event):\n    raise ValueError('y' * 5000 + event['p_row_id'])\n"
    )
    result = await mcp.raw(TOOL, body=body, max_events=200, **CLOUDTRAIL)
    text = result.content[0].text
    assert not result.is_error
    assert len(text.encode()) <= MOST_BYTES
    assert not set(text) & set("\u202e\x00")
    assert result.structured_content["groups"]


async def test_progress_only_goes_forward(mcp):
    heard = []

    async def hear(done, total, message):
        heard.append((done, total, message))

    await mcp.client.call_tool_mcp(TOOL, {"body": ALL, **CLOUDTRAIL, "max_events": 200}, progress_handler=hear)
    done = [one for one, _, _ in heard]
    assert done == sorted(set(done))
    assert heard[-1] == (5, 5, "running the rule over 200 events in Panther")


class Answers(dict):
    """What a scripted Panther answers, with one answer for any try of a rule, whose id is random."""

    def __missing__(self, name):
        return self[name.rpartition("/")[0]]


def scripted_lake(script, tried):
    def answer(edges):
        stats = {"bytesScanned": 1, "executionTime": 1, "rowCount": len(edges)}
        info = {"order": ["t"], "types": {"raw": "variant"}}
        results = {"columnInfo": info, "edges": [{"node": edge} for edge in edges], "pageInfo": NO_MORE, "stats": stats}
        return {"data": {"dataLakeQuery": {"id": "q", "status": "succeeded", "message": "", "results": results}}}

    table = {"name": "a_b", "displayName": "", "logType": "A.B", "description": ""}
    event = {"p_event_time": "2026-01-01 00:00:00.000", "p_row_id": "1", "raw": '{"a": [1]}', "text": '{"a": 1}'}
    script.answers = Answers(
        {
            "ListDatabaseTables": {
                "data": {"dataLakeDatabaseTables": {"edges": [{"node": table}], "pageInfo": NO_MORE}}
            },
            "StartDataLakeQuery": {"data": {"executeDataLakeQuery": {"id": "q"}}},
            "GetDataLakeQuery": [answer([{"t": 0, "n": 1}]), answer([event])],
            "PUT /rules": tried,
            "DELETE /rules": (204, b""),
        }
    )


NO_MORE = {"hasNextPage": False, "endCursor": None}
SCRIPTED = {"body": ALL, "log_types": ["A.B"]}


async def test_a_panther_that_stores_the_rule_all_the_same_is_found_out(script, scripted):
    scripted_lake(script, {"id": "x"})
    error = await scripted.refused(TOOL, SCRIPTED)
    assert (error["code"], "deleted again" in error["message"]) == ("upstream_error", True)
    put, deleted = [name for name, _ in script.asked if name.split(" ")[0] in ("PUT", "DELETE")]
    assert put.partition(" ")[2] == deleted.partition(" ")[2], "what is deleted is what was stored"
    assert put.startswith("PUT /rules/backtest-")
    assert script.asked[[name for name, _ in script.asked].index(put)][1] == {"run-tests-only": "true"}


async def test_a_throttled_try_is_made_again(script, scripted):
    scripted_lake(script, [(429, {"message": "slow down"}), (204, b"")])
    assert (await scripted(TOOL, SCRIPTED))["fired"] == 0
    assert len([name for name, _ in script.asked if name.startswith("PUT ")]) == 2


async def test_a_panther_that_goes_on_throttling_is_obeyed(script, scripted):
    scripted_lake(script, [(429, {"message": "slow down"})])
    error = await scripted.refused(TOOL, SCRIPTED)
    assert (error["code"], error["retryable"]) == ("rate_limited", True)
    assert len([name for name, _ in script.asked if name.startswith("PUT ")]) == 4

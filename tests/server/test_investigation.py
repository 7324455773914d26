"""investigate_entity and its like: the story is found, in its size, whatever the value, and nothing runs on."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from panther_sandbox.seed.facts import StoryFacts
from panther_sandbox.server import SandboxServer

from .conftest import Panther
from .lake import events_with, faults_of, history, rows_of, running
from .test_entities import HOSTILE, MD5, SHA1, SHA256

# Another story than the one that everybody knows: nothing of it can be written into the code.
SEED = 11
FACTS = StoryFacts.of(SEED)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A sandbox with another story, and logs of a kind that nobody knows."""
    now = datetime.now(UTC)
    moment = (now - timedelta(hours=5)).isoformat(timespec="seconds")
    folder = tmp_path_factory.mktemp("lake")
    kinds = ("ip_addresses", "usernames", "actor_ids", "domain_names", "trace_ids", "md5_hashes", "sha1_hashes")
    nowhere = {f"p_any_{kind}": ["nowhere else"] for kind in (*kinds, "sha256_hashes")}
    tables = {
        "panther_logs/public/custom_names.ndjson": [
            {"timestamp": moment, "action": "delete_thing", "result": "denied", "p_any_usernames": [value]}
            for value in HOSTILE
        ],
        "panther_logs/public/custom_files.ndjson": [
            {"timestamp": moment, "operation": "quarantine", "file": f"{MD5} {SHA1} {SHA256}"}
        ],
        "panther_logs/public/custom_blob.ndjson": [{"timestamp": moment, "payload": "from 192.0.2.250"}],
        "panther_signals/public/correlation_signals.ndjson": [
            {
                "p_event_time": moment,
                "p_rule_id": "Quiet.Rule",
                "p_rule_severity": "LOW",
                **nowhere,
                "p_any_emails": [address],
            }
            for address in (FACTS.victim.email, FACTS.victim.email, FACTS.unharmed.email)
        ],
    }
    for name, rows in tables.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with SandboxServer(seed=SEED, lake=folder) as address:
        answers = Panther(address.instance_url, address.api_token, address.read_only_token)
        yield answers
        answers.close()


@pytest.fixture
async def mcp(own, connect):
    async with connect(token=own.token, instance_url=own.url) as caller:
        yield caller


@pytest.fixture
def faults(own):
    """Return what makes the sandbox go wrong until the test ends."""
    yield lambda *given: faults_of(own, *given)
    faults_of(own)


def texts(entries):
    return json.dumps(entries, ensure_ascii=False)


async def test_what_the_actor_did_after_the_approved_push(mcp, own):
    found = await mcp("investigate_entity", entity=FACTS.victim.email)
    assert found.get("warnings") is None
    assert found["entity"]["names"] == [FACTS.victim.full_name]
    notable = found["notable"]
    assert [one["first"] for one in notable] == sorted(one["first"] for one in notable)
    by_action = {one["action"]: one for one in notable}
    assert by_action["user.mfa.okta_verify.deny_push"]["events"] == FACTS.denied_pushes
    steps = {
        "user.mfa.factor.activate": FACTS.new_device,
        "CreateAccessKey": FACTS.access_key,
        "git.clone": FACTS.cloned_repositories[0],
        "email_forwarding_out_of_domain": FACTS.forward_to,
    }
    for action, detail in steps.items():
        assert detail in texts(by_action[action]["detail"]), action
        assert {"first", "rare", "new_source"} <= set(by_action[action]["why"])
    assert "failed" in by_action["user.mfa.okta_verify.deny_push"]["why"]
    # All that was done from the actor's address, and nothing of what the victim does every day.
    events = events_with(own, FACTS.login_ip, columns="p_any_ip")
    names = {FACTS.victim.email, FACTS.victim.username, FACTS.victim.github}
    theirs = [
        row
        for rows in events.values()
        for row in rows
        if names & {name for kind in ("emails", "usernames") for name in row.get(f"p_any_{kind}", ())}
    ]
    assert sum(one["events"] for one in notable) == len(theirs)
    assert {one["source"] for one in notable} == {FACTS.login_ip}
    assert found["related"]["ip"][0] == {
        "value": FACTS.login_ip,
        "events": len(theirs),
        "new": True,
        "first": min(row["p_event_time"] for row in theirs)[:19],
        "last": max(row["p_event_time"] for row in theirs)[:19],
    }
    assert found["signals"][0] | {"first": ""} == {"rule_id": "Quiet.Rule", "severity": "LOW", "events": 2, "first": ""}


async def test_what_was_done_with_the_stolen_key(mcp):
    found = await mcp("investigate_entity", entity=FACTS.access_key)
    by_action = {one["action"]: one for one in found["notable"]}
    assert found["entity"]["kind"] == "trace_id"
    assert (by_action["GetObject"]["events"], by_action["GetObject"]["why"]) == (FACTS.objects_read, ["bulk"])
    assert (by_action["StopLogging"]["outcome"], by_action["StopLogging"]["why"]) == (
        "AccessDenied",
        ["change", "failed", "rare"],
    )
    assert found["related"]["ip"] == [{"value": FACTS.exfil_ip, "events": sum(a["events"] for a in found["notable"])}]
    assert {one["severity"] for one in found["alerts"]} >= {"CRITICAL", "HIGH"}
    assert found["alerts"][0]["severity"] == "CRITICAL"
    # The attacker's text to a model stands where user agents stand, and nowhere else.
    assert FACTS.injection[:60] in texts(found["related"]["user_agent"])
    assert FACTS.injection[20:60] not in texts({k: v for k, v in found.items() if k != "related"})


async def test_how_usual_an_action_is_counts_everybody_in_the_window(mcp, own):
    found = await mcp("investigate_entity", entity=FACTS.service_user)
    get = next(one for one in found["notable"] if one["action"] == "GetObject")
    begin = found["window"]["start"]
    rows = rows_of(
        own, "SELECT eventName, p_event_time FROM panther_logs.public.aws_cloudtrail WHERE errorCode IS NULL"
    )
    everyone = [row for row in rows if row["eventName"] == "GetObject" and row["p_event_time"] >= begin]
    assert get["by_everyone"] == len(everyone)


@pytest.mark.parametrize("max_bytes", [4_000, 5_000, 8_000, 12_000, 40_000])
@pytest.mark.parametrize("entity", [FACTS.victim.email, FACTS.exfil_ip, "acme.example", "y" * 2_000])
async def test_the_result_stays_within_its_size(mcp, entity, max_bytes):
    result = await mcp.raw("investigate_entity", entity=entity, max_bytes=max_bytes)
    assert len(result.content[0].text.encode()) <= max_bytes
    found = result.structured_content
    assert found["query_ids"].keys() >= {"activity", "alerts", "signals"}
    full = await mcp("investigate_entity", entity=entity, max_bytes=40_000)
    for part in ("alerts", "notable", "signals"):
        left_out = found.get("left_out", {}).get(part, 0) - full.get("left_out", {}).get(part, 0)
        assert len(found.get(part, ())) + left_out == len(full.get(part, ())), part


async def test_the_most_notable_stay_when_there_is_little_room(mcp):
    small = await mcp("investigate_entity", entity=FACTS.victim.email, max_bytes=4_000)
    assert {one["action"] for one in small["notable"]} >= {"CreateAccessKey", "user.mfa.factor.activate"}


async def test_an_earlier_window_knows_nothing_of_it(mcp):
    found = await mcp("investigate_entity", entity=FACTS.login_ip, start_date="-10d", end_date="-5d")
    assert not {"activity", "alerts", "notable", "related"} & found.keys()
    assert found["note"].startswith("Nothing in this window")
    assert (
        "is after" in (await mcp.refused("investigate_entity", entity="x", start_date="-1d", end_date="-2d"))["message"]
    )


@pytest.mark.parametrize("times", [("0001-01-01", "0001-01-02"), ("-2d", "2099-01-01")])
async def test_a_window_at_the_edge_of_time(mcp, times):
    found = await mcp("investigate_entity", entity=FACTS.login_ip, start_date=times[0], end_date=times[1])
    assert found["window"]["compared_with_since"] <= found["window"]["start"]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_value_is_found_where_it_is_and_nowhere_else(mcp, value):
    found = await mcp("investigate_entity", entity=value, kind="username")
    assert [(one["log_type"], one["events"]) for one in found["activity"]] == [("Custom.Names", 1)]
    (action,) = found["notable"]
    assert (action["action"], action["outcome"]) == ("delete_thing", "denied")
    assert {"change", "failed"} <= set(action["why"])


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "\u202eabc", " ", "\u200b", "x" * 10_000])
async def test_what_no_log_holds_is_refused(mcp, value):
    assert (await mcp.refused("investigate_entity", entity=value))["code"] == "invalid_input"


@pytest.mark.parametrize("value", [MD5, SHA1.upper(), SHA256])
async def test_hashes_are_found_in_logs_of_a_new_kind(mcp, value):
    found = await mcp("investigate_entity", entity=value)
    assert [(one["log_type"], one["events"]) for one in found["activity"]] == [("Custom.Files", 1)]
    assert [one["action"] for one in found["notable"]] == ["quarantine"]


async def test_a_log_type_that_does_not_tell_its_actions_is_named(mcp):
    found = await mcp("investigate_entity", entity="192.0.2.250")
    assert [one["log_type"] for one in found["activity"]] == ["Custom.Blob"]
    assert found["warnings"] == ["notable lacks Custom.Blob: no column of it tells what was done."]


async def test_a_part_that_fails_leaves_the_others(mcp, faults):
    faults("query=failed;times=1")
    found = await mcp("investigate_entity", entity=FACTS.login_ip)
    (warning,) = found["warnings"]
    assert "is missing: Snowflake refused the query: SQL execution internal error." in warning
    missing = warning.split(" ")[0]
    assert missing in ("activity", "alerts", "signals")
    present = {"activity", "alerts"} - {missing}
    assert all(found[part] for part in present)


async def test_one_log_type_that_fails_leaves_the_others(mcp, faults):
    faults("errors=only;operation=GetActorProfile;times=1")
    found = await mcp("investigate_entity", entity=FACTS.victim.email)
    assert found["warnings"][0].startswith("The actor's profile could not be read: ")
    assert found["activity"]


async def test_when_all_fail_the_reason_is_told(mcp, faults):
    faults("query=failed")
    error = await mcp.refused("investigate_entity", entity=FACTS.login_ip)
    assert (error["code"], "internal error" in error["message"]) == ("invalid_input", True)


async def test_a_part_that_is_late_is_left_out_and_stopped(mcp, own, faults):
    since = datetime.now(UTC).isoformat()
    faults("query=stuck;times=1")
    found = await mcp("investigate_entity", entity=FACTS.login_ip, timeout=5)
    assert any("did not finish within 5 s and was cancelled" in warning for warning in found["warnings"])
    assert running(own, since) == []
    assert "cancelled" in {query["status"] for query in history(own, since)}


@pytest.mark.parametrize("value", HOSTILE[:-1])
async def test_hostile_ids_of_alerts_are_of_no_alert(mcp, value):
    found = await mcp("get_alert_event_stats", alert_ids=[value])
    assert (found["alerts"], found["buckets"], found["without_events"]) == ([], [], [value.strip()])


async def test_progress_only_grows(mcp, faults):
    heard = []

    async def hear(done, _total, _message):
        heard.append(done)

    faults("query=stuck")
    given = {"entity": FACTS.login_ip, "timeout": 5}
    await mcp.client.call_tool_mcp("investigate_entity", given, progress_handler=hear)
    assert len(heard) >= 4
    assert heard == sorted(heard)

"""Another seed tells the same story with other people, addresses and times, and stays consistent with itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from panther_sandbox.sandbox import Sandbox, open_sandbox
from panther_sandbox.seed.facts import StoryFacts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FACTS = StoryFacts.of(11)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened = open_sandbox(seed=11, now=NOW)
    yield opened
    opened.close()


def rows(sandbox: Sandbox, sql: str) -> list[list[object]]:
    result = sandbox.lake.result().query(sql, "panther_logs", NOW)
    return [[row[name] for name in result.columns] for row in result.rows]


def test_facts_are_the_same_for_the_same_seed_and_others_for_another() -> None:
    assert StoryFacts.of(11) == FACTS
    known = StoryFacts.of()
    for name in ("employees", "login_ip", "exfil_ip", "access_key", "objects_read", "hours_before_start"):
        assert getattr(FACTS, name) != getattr(known, name), name


def test_addresses(sandbox: Sandbox) -> None:
    sql = f"""
    SELECT DISTINCT f.value::string FROM panther_views.public.all_logs l,
    LATERAL FLATTEN(input => l.p_any_ip_addresses) f
    WHERE (ARRAY_CONTAINS('{FACTS.victim.email}'::VARIANT, l.p_any_emails)
           OR ARRAY_CONTAINS('{FACTS.access_key}'::VARIANT, l.p_any_trace_ids))
    AND f.value::string <> '{FACTS.victim.ip}' ORDER BY 1
    """
    assert rows(sandbox, sql) == [[FACTS.exfil_ip], [FACTS.login_ip]]


def test_what_was_taken(sandbox: Sandbox) -> None:
    sql = f"""
    SELECT COUNT(*), MAX(additionalEventData:bytesTransferredOut),
           COUNT_IF(requestParameters:key = '{FACTS.crown_jewel}')
    FROM aws_cloudtrail WHERE userIdentity:accessKeyId = '{FACTS.access_key}' AND eventName = 'GetObject'
    """
    assert rows(sandbox, sql) == [[FACTS.objects_read, FACTS.crown_jewel_bytes, 1]]


def test_pushes_and_device(sandbox: Sandbox) -> None:
    sql = """
    SELECT actor:alternateId::string, COUNT(*) FROM okta_systemlog WHERE eventType LIKE '%deny_push' GROUP BY 1
    ORDER BY 2 DESC
    """
    denied = [[FACTS.victim.email, FACTS.denied_pushes], [FACTS.unharmed.email, FACTS.unharmed_denied_pushes]]
    assert rows(sandbox, sql) == denied
    device = "SELECT target[0]:displayName::string FROM okta_systemlog WHERE eventType = 'user.mfa.factor.activate'"
    assert rows(sandbox, device) == [[FACTS.new_device]]


def test_nobody_of_the_default_seed_is_left(sandbox: Sandbox) -> None:
    sql = (
        "SELECT COUNT(*) FROM panther_views.public.all_logs WHERE ARRAYS_OVERLAP(ARRAY_CONSTRUCT({}), p_any_usernames)"
    )
    names = ", ".join(f"'{person.username}'" for person in StoryFacts.of().employees)
    assert rows(sandbox, sql.format(names)) == [[0]]
    alerts = sandbox.store.database.rows("SELECT title FROM alerts WHERE title LIKE '%203.0.113.77%'")
    assert alerts == []


@pytest.mark.parametrize("seed", range(40))
def test_any_seed_fits_the_timeline(seed: int) -> None:
    facts = StoryFacts.of(seed)
    assert 22 < facts.hours_before_start < 72
    assert 4 <= facts.unharmed_denied_pushes < facts.denied_pushes <= 10
    assert 5 * facts.objects_read < 37 * 60
    assert len({person.ip for person in facts.employees}) == len({person.email for person in facts.employees}) == 15
    assert facts.login_ip not in {person.ip for person in facts.employees}


def test_ordinary_days_grow_and_the_story_does_not() -> None:
    grown = open_sandbox(now=NOW, scale=20_000)
    total = "SELECT COUNT(*), COUNT(DISTINCT p_row_id), MAX(p_parse_time) <= CURRENT_TIMESTAMP() FROM all_logs"
    views = total.replace("all_logs", "panther_views.public.all_logs")
    assert rows(grown, views) == [[20_000, 20_000, True]]
    assert rows(grown, "SELECT COUNT(*) FROM aws_cloudtrail WHERE sourceIPAddress = '198.51.100.23'") == [[421]]
    assert rows(grown, "SELECT COUNT(*) FROM panther_rule_matches.public.aws_cloudtrail m") == [[438]]
    contradictions = (
        "SELECT COUNT(*) FROM okta_systemlog WHERE transaction:detail.requestedAt::timestamp <> p_event_time"
    )
    assert rows(grown, contradictions) == [[0]]
    silent = "SELECT MAX(p_event_time) < DATEADD(hour, -19, CURRENT_TIMESTAMP()) FROM github_audit"
    assert rows(grown, silent) == [[True]]
    scanned = grown.lake.result().query("SELECT 1 FROM panther_views.public.all_logs LIMIT 1", "panther_logs", NOW)
    assert scanned.bytes_scanned > 20_000_000
    grown.close()

"""Panther's time macros become conditions; everything else in the text stays."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from panther_sandbox.errors import QueryRejectedError
from panther_sandbox.lake.macros import expand_macros, parse_duration

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NOW_SQL = "'2026-11-20 12:00:00.000'::TIMESTAMP_NTZ"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("'1 d'", 86_400),
        ("90m", 5_400),
        ("'90 min'", 5_400),
        ("'2 weeks'", 1_209_600),
        ("3600", 3_600),
        ("'30s'", 30),
        ("'5 Hours'", 18_000),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["'1 fortnight'", "'d'", "''", "'-1 d'", "'1.5 d'"])
def test_bad_durations(text: str) -> None:
    with pytest.raises(QueryRejectedError, match="invalid time offset"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("macro", "condition"),
    [
        ("p_occurs_since('1 d')", f"(p_event_time >= {NOW_SQL} - INTERVAL '86400 seconds')"),
        ("P_OCCURS_SINCE(1h, t)", f"(t.p_event_time >= {NOW_SQL} - INTERVAL '3600 seconds')"),
        ("p_occurs_since(1h, , p_parse_time)", f"(p_parse_time >= {NOW_SQL} - INTERVAL '3600 seconds')"),
        (
            "p_occurs_between('2026-11-01', '2026-11-02T01:00:00+01:00', t, p_parse_time)",
            "(t.p_parse_time >= '2026-11-01 00:00:00.000'::TIMESTAMP_NTZ"
            " AND t.p_parse_time <= '2026-11-02 00:00:00.000'::TIMESTAMP_NTZ)",
        ),
        (
            "p_occurs_around('2026-11-01 10:00:00', 10 m)",
            "(p_event_time >= '2026-11-01 10:00:00.000'::TIMESTAMP_NTZ - INTERVAL '600 seconds'"
            " AND p_event_time <= '2026-11-01 10:00:00.000'::TIMESTAMP_NTZ + INTERVAL '600 seconds')",
        ),
        (
            "p_occurs_after(dateadd(day, -1, current_timestamp()))",
            "(p_event_time >= (dateadd(day, -1, current_timestamp())))",
        ),
        ("p_occurs_before('2026-11-01')", "(p_event_time <= '2026-11-01 00:00:00.000'::TIMESTAMP_NTZ)"),
    ],
)
def test_expansion(macro: str, condition: str) -> None:
    assert expand_macros(f"SELECT 1 FROM t WHERE {macro} AND x", NOW) == f"SELECT 1 FROM t WHERE {condition} AND x"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'p_occurs_since(1 d)'",
        "SELECT 1 -- p_occurs_since(1 d)",
        'SELECT "p_occurs_since" FROM t',
        "SELECT p_occurs_since FROM t",
        "SELECT $$p_occurs_since(1d)$$",
    ],
)
def test_what_is_no_call_stays(sql: str) -> None:
    assert expand_macros(sql, NOW) == sql


@pytest.mark.parametrize(
    ("macro", "message"),
    [
        ("p_occurs_since()", "takes 1 argument"),
        ("p_occurs_between('2026-11-01')", "takes 2 argument"),
        ("p_occurs_since('1 d', a, b, c)", "takes 1 argument"),
        ("p_occurs_after('yesterday')", "Timestamp 'yesterday' is not recognized"),
        ("p_occurs_sometimes('1 d')", "Unknown function P_OCCURS_SOMETIMES"),
        ("p_occurs_since('1 d'", "not closed"),
    ],
)
def test_refusals(macro: str, message: str) -> None:
    with pytest.raises(QueryRejectedError, match=message):
        expand_macros(f"SELECT 1 FROM t WHERE {macro}", NOW)

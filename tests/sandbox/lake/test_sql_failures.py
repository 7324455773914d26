"""A query that cannot run fails with the reason Snowflake would give, and hostile ones reach nothing."""

from __future__ import annotations

from typing import Any

import pytest

MISSING = "does not exist or not authorized."
SELECT_ONLY = "only SELECT is allowed"

FAILURES = {
    "SELECT foo FROM aws_cloudtrail": "SQL compilation error: error line 1 at position 7\ninvalid identifier 'FOO'",
    "SELECT eventName,\n       a.nope\nFROM aws_cloudtrail a": "line 2 at position 7\ninvalid identifier 'A.NOPE'",
    "SELECT zz.eventName FROM aws_cloudtrail a": "invalid identifier 'ZZ'",
    "SELECT * FROM nope": f"Object 'PANTHER_LOGS.PUBLIC.NOPE' {MISSING}",
    "SELECT * FROM panther_logs.aws_cloudtrail": f"Schema 'PANTHER_LOGS.PANTHER_LOGS' {MISSING}",
    "SELECT * FROM other.public.t": f"Database 'OTHER' {MISSING}",
    "SELECT nofn(1)": "SQL compilation error:\nUnknown function NOFN",
    "SELECT eventName, COUNT(*) FROM aws_cloudtrail": "'EVENTNAME' is not a valid group by expression",
    "SELECT p_row_id FROM aws_cloudtrail a, okta_systemlog b": "ambiguous column name 'P_ROW_ID'",
    "SELEC 1": "SQL compilation error:\nsyntax error line 1 at position 6 unexpected '1'.",
    "SELECT (1": "syntax error line 1",
    "SELECT 'x": "unterminated",
    "": "must not be empty",
    "-- nothing": "Empty SQL statement.",
    "SELECT 'abc'::int": "Numeric value 'abc' is not recognized",
    "SELECT 1 FROM aws_cloudtrail WHERE p_event_time > 'yesterday'": "Timestamp 'yesterday' is not recognized",
    "SELECT eventName:foo FROM aws_cloudtrail": "Invalid argument types for function 'GET'",
    "SELECT COUNT(*) FROM aws_cloudtrail WHERE p_occurs_since('1 x')": "invalid time offset",
    "SELECT 1; SELECT 2": "Actual statement count 2 did not match the desired statement count 1.",
    "SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))": "Unknown function",
}
LACKING = "is not available in this sandbox yet"
FAILURES |= {
    "SELECT COUNT(*) FROM aws_cloudtrail MATCH_RECOGNIZE (ORDER BY p_event_time PATTERN (A) DEFINE A AS TRUE)": LACKING,
    "SELECT 1 FROM github_audit a ASOF JOIN aws_vpcflow b MATCH_CONDITION (a.created_at >= b.start)": LACKING,
    "SELECT * FROM aws_cloudtrail AT(OFFSET => -60)": LACKING,
    "SELECT * FROM IDENTIFIER('aws_cloudtrail')": LACKING,
    "SELECT CONDITIONAL_CHANGE_EVENT(x) OVER (ORDER BY x) FROM (SELECT 1 AS x)": LACKING,
    "SELECT TO_VARCHAR(12345.678, '999,999.99')": LACKING,
    "SELECT PARSE_IP('2001:db8::1', 'INET')": LACKING,
    "SELECT PARSE_IP('nope', 'INET')": "Invalid IP address: nope",
    "SELECT UNNEST([1])": "Unknown function UNNEST",
    "SHOW WAREHOUSES": LACKING,
    "SHOW TABLES IN DATABASE nope": f"Database 'NOPE' {MISSING}",
    "DESCRIBE TABLE nope": f"Object 'PANTHER_LOGS.PUBLIC.NOPE' {MISSING}",
    "SELECT REPEAT('a', 4000000000)": "String is too long",
}
HOSTILE = {
    "DROP TABLE aws_cloudtrail": SELECT_ONLY,
    "INSERT INTO aws_cloudtrail SELECT * FROM aws_cloudtrail": SELECT_ONLY,
    "UPDATE aws_cloudtrail SET eventName = 'x'": SELECT_ONLY,
    "WITH a AS (SELECT 1) DELETE FROM aws_cloudtrail": SELECT_ONLY,
    "CREATE TABLE panther_logs.public.x AS SELECT 1": SELECT_ONLY,
    "SELECT 1 INTO x": SELECT_ONLY,
    "COPY INTO x FROM y": SELECT_ONLY,
    "COPY aws_cloudtrail TO '/tmp/out.csv'": "SQL",
    "ATTACH '/etc/passwd' AS x": "SQL",
    "PRAGMA database_list": "SQL",
    "SET threads = 1": SELECT_ONLY,
    "CALL pragma_version()": SELECT_ONLY,
    "SELECT 1; DROP TABLE aws_cloudtrail": "Actual statement count 2",
    "SELECT * FROM read_csv('/etc/passwd')": "Unknown function READ_CSV",
    "SELECT * FROM read_text('/etc/passwd')": "Unknown function READ_TEXT",
    "SELECT * FROM TABLE(read_blob('/etc/passwd'))": "Unknown function READ_BLOB",
    "SELECT * FROM read_parquet('/etc/passwd')": "Unknown function READ_PARQUET",
    "SELECT * FROM glob('/etc/*')": "SQL compilation error",
    "SELECT * FROM '/etc/passwd'": "SQL compilation error",
    'SELECT * FROM "/etc/passwd"': MISSING,
    "SELECT * FROM @stage/file": "SQL compilation error",
    "SELECT getenv('HOME')": "Unknown function GETENV",
    "SELECT current_setting('threads')": "Unknown function CURRENT_SETTING",
    "SELECT * FROM duckdb_settings()": "Unknown function DUCKDB_SETTINGS",
    "SELECT * FROM query('SELECT 1')": "Unknown function QUERY",
    "SELECT _text(1)": "Unknown function _TEXT",
    "SELECT * FROM sandbox_information.public.tables": MISSING,
    "SELECT * FROM system.information_schema.tables": MISSING,
    "SELECT * FROM pg_catalog.pg_tables": MISSING,
    "SELECT * FROM sqlite_master": MISSING,
    'DESCRIBE TABLE "x; DROP TABLE aws_cloudtrail"': MISSING,
    "SHOW COLUMNS IN TABLE sandbox_information.public.tables": MISSING,
    "INSTALL httpfs": SELECT_ONLY,
    "LOAD httpfs": SELECT_ONLY,
    "EXECUTE IMMEDIATE 'DROP TABLE aws_cloudtrail'": SELECT_ONLY,
    "SELECT * FROM json_tree('{}')": "Unknown function JSON_TREE",
}


@pytest.mark.parametrize("sql", [sql for sql in FAILURES if sql])
def test_failure(panther: Any, sql: str) -> None:
    query = panther.query(sql)
    assert (query["status"], query["results"]) == ("failed", None)
    assert FAILURES[sql] in query["message"]


@pytest.mark.parametrize("sql", list(HOSTILE))
def test_hostile(panther: Any, sql: str) -> None:
    query = panther.query(sql)
    assert (query["status"], query["results"]) == ("failed", None), query
    assert HOSTILE[sql] in query["message"]
    assert "root:" not in query["message"]


def test_what_is_refused_at_once(panther: Any) -> None:
    document = "mutation($input: ExecuteDataLakeQueryInput!) { executeDataLakeQuery(input: $input) { id } }"
    assert "must not be empty" in panther.error(document, input={"sql": " "})
    assert panther.error(document, input={"sql": "SELECT 1", "databaseName": "nope"}) == "database not found: nope"


def test_the_lake_is_unharmed_after_all_that(panther: Any) -> None:
    assert panther.rows("SELECT COUNT(*) AS n FROM aws_cloudtrail WHERE eventName = 'StopLogging'") == [{"n": 1}]

"""A folder of own logs becomes tables, with Panther's fields; what cannot be loaded is named, down to the line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from panther_sandbox.errors import LakeFilesError
from panther_sandbox.lake.engine import ResultSet
from panther_sandbox.sandbox import open_sandbox

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENT: dict[str, Any] = {
    "timestamp": "2026-11-19T10:00:00+02:00",
    "user": "mallory",
    "email": "mal@evil.example",
    "src": "203.0.113.99",
    "src6": "2001:db8::7",
    "n": 1,
    "ok": True,
    "nested": {"a": [1, {"b": "x"}]},
    "tags": ["a"],
    "odd key": 1.5,
    "url": "https://c2.evil.example/x",
    "arn": "arn:aws:iam::428601935217:user/x",
    "sha": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "mixed": 1,
}
OTHER = {"timestamp": "2026-11-19T11:00:00Z", "n": 2, "mixed": "one", "odd key": 2, "user": None}


def put(folder: Path, name: str, *lines: object) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def ask(folder: Path, *queries: str) -> list[ResultSet]:
    sandbox = open_sandbox(now=NOW, lake=folder)
    try:
        return [sandbox.lake.result().query(sql, "panther_logs", NOW) for sql in queries]
    finally:
        sandbox.close()


def test_an_extra_table(tmp_path: Path) -> None:
    path = put(tmp_path, "panther_logs/public/Custom_App.ndjson", EVENT, "", OTHER)
    everything, paths, views, shown = ask(
        tmp_path,
        "SELECT * FROM custom_app ORDER BY n",
        'SELECT nested:a[1].b::string AS b, "odd key" AS o, mixed, TYPEOF(mixed) AS t FROM custom_app ORDER BY n',
        "SELECT COUNT(*) AS n FROM panther_views.public.all_logs"
        " WHERE p_log_type = 'Custom.App' AND p_occurs_since('2 d')",
        "SHOW TABLES LIKE 'custom%'",
    )
    first, second = everything.rows
    assert (first["timestamp"], first["p_event_time"]) == ("2026-11-19 08:00:00.000", "2026-11-19 08:00:00.000")
    assert (first["p_log_type"], first["p_parse_time"]) == ("Custom.App", "2026-11-20 12:00:00.000")
    assert first["p_any_ip_addresses"] == ["2001:db8::7", "203.0.113.99"]
    assert first["p_any_usernames"] == ["mallory"]
    assert first["p_any_emails"] == ["mal@evil.example"]
    assert first["p_any_domain_names"] == ["c2.evil.example", "evil.example"]
    assert first["p_any_aws_arns"] == [EVENT["arn"]]
    assert first["p_any_aws_account_ids"] == ["428601935217"]
    assert first["p_any_sha256_hashes"] == [EVENT["sha"]]
    assert (second["ok"], second["p_any_ip_addresses"], second["n"]) == (None, None, 2)
    assert first["p_row_id"] != second["p_row_id"]
    expected = {"timestamp": "timestamp", "n": "bigint", "ok": "boolean", "odd key": "double", "mixed": "variant"}
    assert expected.items() <= everything.types.items()
    assert (everything.types["nested"], everything.types["tags"]) == ("variant", "array")
    assert [list(row.values()) for row in paths.rows] == [["x", 1.5, 1, "INTEGER"], [None, 2, "one", "VARCHAR"]]
    assert views.rows == [{"n": 2}]
    assert [row["name"] for row in shown.rows] == ["CUSTOM_APP"]
    assert everything.bytes_scanned == path.stat().st_size


def test_in_place_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "panther_logs" / "public" / "aws_cloudtrail.parquet"
    path.parent.mkdir(parents=True)
    duckdb.sql(
        "SELECT TIMESTAMP '2026-11-19 01:02:03' AS \"eventTime\", 'x' AS \"eventName\","
        " {'userName': 'bob', 'ip': '198.51.100.9'} AS \"userIdentity\", [1, 2] AS xs, 5::HUGEINT AS big"
    ).write_parquet(str(path))
    rows, others = ask(
        tmp_path,
        "SELECT p_event_time, p_log_type, userIdentity:userName::string AS who, p_any_ip_addresses, xs[1] AS x, big"
        " FROM aws_cloudtrail",
        "SELECT COUNT(*) > 0 AS kept FROM okta_systemlog",
    )
    assert list(rows.rows[0].values()) == ["2026-11-19 01:02:03.000", "AWS.CloudTrail", "bob", ["198.51.100.9"], 2, 5]
    assert others.rows == [{"kept": True}]


def test_fields_of_panther_in_the_file_are_kept(tmp_path: Path) -> None:
    row = {
        "p_event_time": "2026-11-01 00:00:00",
        "p_row_id": "r1",
        "p_any_ip_addresses": ["192.0.2.1"],
        "ip": "192.0.2.2",
    }
    put(tmp_path, "panther_logs/public/t.ndjson", row, {"ts": 1763632800})
    (found,) = ask(tmp_path, "SELECT p_event_time, p_row_id, p_any_ip_addresses FROM t ORDER BY 1")
    assert [found.rows[1]["p_row_id"], found.rows[1]["p_any_ip_addresses"]] == ["r1", ["192.0.2.1"]]
    assert found.rows[0]["p_event_time"] == "2025-11-20 10:00:00.000"


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        ("panther_logs/public/t.ndjson", ('{"a": 1}', "{nope}"), "t.ndjson, line 2: is not JSON"),
        ("panther_logs/public/t.ndjson", ("[1]",), "t.ndjson, line 1: is not a JSON object"),
        ("panther_logs/public/t.ndjson", ('{"a": NaN}',), "line 1: is not JSON: NaN is no JSON value"),
        ("panther_logs/public/t.ndjson", ('{"a": 1, "A": 2}',), "differ in case only: A, a"),
        (
            "panther_logs/public/t.ndjson",
            ('{"p_event_time": "yesterday"}',),
            "line 1: p_event_time is no ISO 8601 time",
        ),
        ("panther_logs/public/t.ndjson", ('{"p_any_emails": "x"}',), "line 1: p_any_emails is no list of texts"),
        ("panther_logs/public/t.ndjson", ("",), "holds no events"),
        ("panther_logs/public/t.parquet", ("PAR0",), "t.parquet: is no Parquet file"),
        ("panther_logs/public/t.csv", ("a",), "neither a .ndjson nor a .parquet file"),
        ("panther_logs/public/a b.ndjson", ("{}",), "letters, digits and _ only"),
        ("panther_logs/private/t.ndjson", ("{}",), "there is only public"),
        ("nope/public/t.ndjson", ("{}",), "is no database of the lake"),
        ("t.ndjson", ("{}",), "is not a folder"),
    ],
)
def test_what_cannot_be_loaded(tmp_path: Path, name: str, lines: tuple[str, ...], message: str) -> None:
    put(tmp_path, name, *lines)
    with pytest.raises(LakeFilesError) as caught:
        open_sandbox(now=NOW, lake=tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    outside = put(tmp_path, "outside.ndjson", {"secret": 1})
    inside = tmp_path / "lake" / "panther_logs" / "public"
    inside.mkdir(parents=True)
    (inside / "t.ndjson").symlink_to(outside)
    with pytest.raises(LakeFilesError, match="is a symbolic link"):
        open_sandbox(now=NOW, lake=tmp_path / "lake")


def test_a_folder_with_nothing_in_it(tmp_path: Path) -> None:
    with pytest.raises(LakeFilesError, match="holds no <database>"):
        open_sandbox(now=NOW, lake=tmp_path)
    with pytest.raises(LakeFilesError, match="is not a folder"):
        open_sandbox(now=NOW, lake=tmp_path / "nope")

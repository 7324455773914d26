"""A sandbox with a folder for its data goes on where it ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from panther_sandbox.errors import DataFolderError
from panther_sandbox.server import SandboxServer

from .conftest import NOW, Panther

FILE = "panther-sandbox.sqlite"


@contextmanager
def _running(folder: Path, hours: int = 0, seed: int = 7) -> Iterator[Panther]:
    with SandboxServer(now=NOW + timedelta(hours=hours), seed=seed, data=folder) as address:
        client = Panther(address, address.api_token)
        try:
            yield client
        finally:
            client.http.close()


def test_writes_last(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    with _running(folder) as panther:
        alerts = panther.alerts()
        panther.http.patch(f"/alerts/{alerts[0]['id']}", json={"status": "CLOSED"})
        rule = {"id": "Kept", "body": "def rule(event): return True", "severity": "LOW"}
        assert panther.http.post("/rules", json=rule).status_code == 200
        rotated = panther.http.get("/api-tokens/self").json()["id"]
        value = panther.http.post(f"/api-tokens/{rotated}/rotate").json()["value"]
    # Another seed and a later time change nothing in what is there.
    with _running(folder, hours=5, seed=8) as panther:
        assert panther.address.api_token == value
        again = panther.alerts()
        assert [alert["id"] for alert in again] == [alert["id"] for alert in alerts]
        assert panther.http.get(f"/alerts/{alerts[0]['id']}").json()["status"] == "CLOSED"
        assert panther.http.get("/rules/Kept").status_code == 200
        ids = [
            row["id"]
            for row in panther.rows("SELECT DISTINCT p_alert_id AS id FROM panther_views.public.all_rule_matches")
        ]
        assert set(ids) <= {alert["id"] for alert in panther.alerts(type=None)} | set(ids)
        assert {alert["id"] for alert in again if alert["type"] == "RULE"} & set(ids)


def test_an_expired_token(tmp_path: Path) -> None:
    with _running(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / FILE)) as data:
        data.execute("UPDATE tokens SET expires_at = '2026-11-20T00:00:00.000Z' WHERE name = 'sandbox'")
        data.commit()
    with _running(tmp_path) as panther:
        assert panther.http.get("/alerts").status_code == 401


def test_unusable_folders(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError, match="cannot keep data in"):
        SandboxServer(data=tmp_path / "file").start()
    (tmp_path / FILE).write_text("this is no database, whatever its name says" * 100)
    with pytest.raises(DataFolderError, match="is not a sandbox's data"):
        SandboxServer(data=tmp_path).start()


def test_data_of_another_version(tmp_path: Path) -> None:
    with _running(tmp_path):
        pass
    with closing(sqlite3.connect(tmp_path / FILE)) as data:
        data.execute("PRAGMA user_version = 99")
    with pytest.raises(DataFolderError, match="another version of the sandbox"):
        SandboxServer(data=tmp_path).start()


def test_data_of_another_program(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as data:
        data.execute("CREATE TABLE theirs (x)")
    with pytest.raises(DataFolderError, match="is not a sandbox's data"):
        SandboxServer(data=tmp_path).start()


def test_one_sandbox_at_a_time(tmp_path: Path) -> None:
    with _running(tmp_path), pytest.raises(DataFolderError, match="another sandbox is using it"):
        SandboxServer(data=tmp_path).start()

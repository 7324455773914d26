"""panther-analysis-tool, which teams run in their pipelines: checks, uploads, validates, deletes and zips a bundle."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMAND = os.environ.get("PANTHER_MCP_TEST_PANTHER_ANALYSIS_TOOL", "")
QUERY = "Console sign-ins of the last day"
DETECTIONS = {
    "Custom.Badge.ForcedDoor": "/rules/Custom.Badge.ForcedDoor",
    "Custom.Bucket.KeepsVersions": "/policies/Custom.Bucket.KeepsVersions",
    "Custom.Console.ManySignIns": "/scheduled-rules/Custom.Console.ManySignIns",
}
MODULES = {
    "badge_helpers": "/globals/badge_helpers",
    "Custom.Badge.Fields": "/data-models/Custom.Badge.Fields",
}
SCHEMAS = '{ schemas(input: {contains: "Custom.Badge"}) { edges { node { name isManaged description spec } } } }'
Run = Callable[..., str]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A folder with a copy of the bundle, as a team's repository is."""
    return Path(shutil.copytree(Path(__file__).parent / "bundle", tmp_path / "bundle"))


@pytest.fixture
def run(panther: Any, workspace: Path) -> Run:
    """Run a command of the tool, which must succeed, beside the bundle; return what it printed."""

    def go(*words: str) -> str:
        done = subprocess.run(
            [COMMAND, "--skip-version-check", *words],
            cwd=workspace,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(workspace),
                "PANTHER_API_HOST": f"{panther.address.instance_url}/public/graphql",
                "PANTHER_API_TOKEN": panther.address.api_token,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    return go


@pytest.fixture
def known_log_type(run: Run) -> None:
    """The bundle's detections read a log type of its own, whose schema must be there before them."""
    run("update-custom-schemas", "--path", "schemas")


def test_it_connects(run: Run) -> None:
    assert "connection successful" in run("check-connection")


def test_schemas_are_created_and_updated(run: Run, panther: Any, workspace: Path) -> None:
    run("update-custom-schemas", "--path", "schemas")
    (node,) = [edge["node"] for edge in panther.data(SCHEMAS)["schemas"]["edges"]]
    assert (node["name"], node["isManaged"], node["description"]) == (
        "Custom.Badge",
        False,
        "Door readers of the offices",
    )
    file = workspace / "schemas" / "badge.yml"
    spec = file.read_text().replace("of the offices", "of every office")
    file.write_text(spec + "  - name: floor\n    type: int\n")
    run("update-custom-schemas", "--path", "schemas")
    (node,) = [edge["node"] for edge in panther.data(SCHEMAS)["schemas"]["edges"]]
    assert node["description"] == "Door readers of every office"
    assert "floor" in node["spec"]


@pytest.mark.usefixtures("known_log_type")
def test_validation_stores_nothing(run: Run, panther: Any) -> None:
    assert "Validation success" in run("validate", "--path", "detections")
    assert not [url for url in (*DETECTIONS.values(), *MODULES.values()) if panther.http.get(url).status_code != 404]


@pytest.mark.usefixtures("known_log_type")
@pytest.mark.parametrize("how", [(), ("--no-async",)], ids=["async", "sync"])
def test_an_upload_and_its_deletion(run: Run, panther: Any, how: tuple[str, ...]) -> None:
    run("upload", "--path", "detections", *how)
    stored = {name: panther.http.get(url).json() for name, url in (DETECTIONS | MODULES).items()}
    assert {name: found["id"] for name, found in stored.items()} == {name: name for name in stored}
    rule = stored["Custom.Badge.ForcedDoor"]
    assert (rule["severity"], rule["enabled"], rule["logTypes"]) == ("HIGH", True, ["Custom.Badge"])
    assert "def rule(event)" in rule["body"]
    assert [test["name"] for test in rule["tests"]] == ["a forced door", "a badge was shown"]
    assert stored["Custom.Bucket.KeepsVersions"]["resourceTypes"] == ["AWS.S3.Bucket"]
    assert "def door_name" in stored["badge_helpers"]["body"]
    (query,) = [query for query in panther.listed("/queries") if query["name"] == QUERY]
    assert query["schedule"]["rateMinutes"] == 1440

    run("delete", "--no-confirm", *(word for name in DETECTIONS for word in ("--analysis-id", name)))
    assert {panther.http.get(url).status_code for url in DETECTIONS.values()} == {404}
    run("delete", "--no-confirm", "--query-id", QUERY)
    assert QUERY not in [query["name"] for query in panther.listed("/queries")]
    for url in MODULES.values():
        assert panther.http.delete(url).status_code == 204


@pytest.mark.usefixtures("known_log_type")
def test_a_zip(run: Run, workspace: Path) -> None:
    run("zip", "--path", "detections", "--out", ".")
    (archive,) = workspace.glob("*.zip")
    with zipfile.ZipFile(archive) as opened:
        names = {Path(name).name for name in opened.namelist()}
    assert {path.name for path in (workspace / "detections").iterdir() if path.is_file()} <= names

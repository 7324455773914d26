"""The workflow that takes in a changed API: it reads, asks for little, and names only commands that there are."""

import re
import subprocess
from typing import Any

import typer
import yaml

from panther_codegen.cli import app

from .support import REPO

FILE = REPO / ".github/workflows/schema-drift.yml"
WORKFLOW: dict[Any, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
(JOB,) = WORKFLOW["jobs"].values()
SCRIPTS = [step["run"] for step in JOB["steps"] if "run" in step]


def test_it_runs_weekly_with_the_least_permissions() -> None:
    triggers = WORKFLOW[True]  # YAML reads `on` as a boolean
    (schedule,) = triggers["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", schedule["cron"])
    assert WORKFLOW["permissions"] == {}
    assert JOB["permissions"] == {"contents": "write", "pull-requests": "write"}


def test_actions_are_pinned_by_major_version() -> None:
    used = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"actions/[\w-]+@v\d+", action)] == []


def test_secrets_are_seen_by_one_step_only_and_never_stand_in_a_script() -> None:
    holders = [step for step in JOB["steps"] if "secrets." in str(step.get("env"))]
    assert [set(step["env"]) for step in holders] == [{"PANTHER_INSTANCE_URL", "PANTHER_API_TOKEN"}]
    assert not any("${{" in script for script in SCRIPTS)


def test_the_commands_that_it_names_exist() -> None:
    command = typer.main.get_command(app)
    named = re.findall(r"-m panther_codegen (generate|schema \w+)((?: --\w+)*)", "\n".join(SCRIPTS))
    assert [words for words, _ in named] == ["schema diff", "schema pull", "generate"]
    for words, options in named:
        found: Any = command
        for word in words.split():
            found = found.commands[word]
        assert set(options.split()) <= {name for param in found.params for name in param.opts}
    targets = re.findall(r"^(\w+):", (REPO / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"\bmake (\w+) >", "\n".join(SCRIPTS))) == {"check"} <= set(targets)
    assert all((REPO / path).is_file() for path in re.findall(r"python (scripts/\S+)", "\n".join(SCRIPTS)))
    assert all((REPO / path).exists() for path in re.findall(r"git add (.+)", "\n".join(SCRIPTS))[0].split())


def test_its_scripts_are_valid_bash() -> None:
    for script in SCRIPTS:
        done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr

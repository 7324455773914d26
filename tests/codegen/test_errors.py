"""What is wrong with the input is said once, with its place and a fix (`errors/<name>.txt`).

Such a file holds edits of a project that is right (`errors/base` over `api`): the file's path, the lines or
words to take away after `-`, those to put there after `+`. Below `====` stands all that the generator says;
`pytest tests/codegen --update-golden` writes it anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from panther_codegen.generate import generate
from panther_codegen.problems import GenerationFailed
from panther_codegen.project import Project
from panther_overrides.model import ToolOverride, ToolsetOverrides
from panther_overrides.rules import max_items

from .support import API, HERE, Golden, documented, panther_codegen, problems_of, project_of, replaced, tree_of

ERRORS = HERE / "errors"
NAMES = sorted(path.stem for path in ERRORS.glob("*.txt"))
_END = "====\n"


def broken(root: Path, *names: str) -> Project:
    """Return the project in `root` with the edits of all the `names`."""
    project = project_of(root, API, ERRORS / "base")
    for name in names:
        edits, _, _ = (ERRORS / f"{name}.txt").read_text(encoding="utf-8").partition(_END)
        _apply(project.root, edits)
    return project


def _apply(root: Path, edits: str) -> None:
    path, old, new = root, list[str](), list[str]()
    for line in [*edits.splitlines(), ""]:
        if line.startswith("-"):
            old.append(line[1:])
        elif line.startswith("+"):
            new.append(line[1:])
        else:
            if old:
                # Whole lines go with their line break; words are replaced where they stand.
                replaced(path, "\n".join(old), "\n".join(new))
            elif new:
                path.write_text("\n".join([*new, ""]), encoding="utf-8")
            path, old, new = root / line, [], []


def test_the_unbroken_project_has_no_problems(tmp_path: Path) -> None:
    assert problems_of(broken(tmp_path)) == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_error_says_where_what_and_how_to_mend_it(name: str, tmp_path: Path, golden: Golden) -> None:
    file = ERRORS / f"{name}.txt"
    edits, _, _ = file.read_text(encoding="utf-8").partition(_END)
    said = problems_of(broken(tmp_path, name))
    assert said, "nothing is wrong with this project"
    assert said.count("\n    fix: ") == sum(not line.startswith("    ") for line in said.splitlines())
    golden.check(file, f"{edits}{_END}{said}")


def test_all_errors_are_reported_at_once_and_sorted_and_nothing_is_written(tmp_path: Path) -> None:
    # Bad operations stop at the schema, and bad syntax at the file: these can all be seen in one run.
    names = (
        "bounds_that_do_not_fit_the_type",
        "label_given_twice",
        "mutation_declared_read",
        "unknown_field_in_a_selection",
        "unknown_permission",
        "unknown_rest_operation",
        "workflow_of_an_unknown_operation",
    )
    expected = [
        problem for name in names for problem in _problems((ERRORS / f"{name}.txt").read_text(encoding="utf-8"))
    ]
    project = broken(tmp_path, *names)
    before = tree_of(project.root)
    done = panther_codegen("generate", "--root", project.root)
    assert (done.returncode, done.stdout) == (1, "")
    *problems, last = _problems(f"{_END}{done.stderr}")
    # The overrides are the real ones, and there are none for this project.
    overrides = "overrides/panther_overrides: toolset 'things' has no overrides"
    assert [problem for problem in problems if not problem.startswith(overrides)] == sorted(expected, key=_place)
    assert last == f"{len(expected) + 1} problem(s); nothing was written."
    assert tree_of(project.root) == before


def _problems(text: str) -> list[str]:
    said = text.partition(_END)[2]
    return said.replace("\n    fix: ", "\0").splitlines()


def _place(problem: str) -> tuple[str, int, str]:
    file, line, what = problem.split(":", 2)
    return file, int(line), what


OVERRIDES: dict[str, tuple[ToolsetOverrides, str]] = {
    "of an unknown tool": (
        {"get_alerts": ToolOverride("Read one.")},
        "override of an unknown tool 'get_alerts': did you mean 'get_alert'?",
    ),
    "of an unknown parameter": (
        {"get_alert": ToolOverride("Read one.", {"alert_id": "Its id.", "alert": "Its id."})},
        "override of an unknown parameter 'alert' of get_alert: did you mean 'alert_id'?",
    ),
    "with a rule on an unknown parameter": (
        {"get_alert": ToolOverride("Read one.", {"alert_id": "Its id."}, (max_items("alert_ids", 5),))},
        "rule max_items of get_alert looks at an unknown parameter 'alert_ids': did you mean 'alert_id'?",
    ),
    "that leaves out a parameter": (
        {"get_alert": ToolOverride("Read one.")},
        "parameter 'alert_id' of get_alert has no sentence: add it to its override",
    ),
    "that says nothing": (
        {"get_alert": ToolOverride("", {"alert_id": "Its id."})},
        "tool 'get_alert' has no description: add it to panther_overrides.things",
    ),
}


@pytest.mark.parametrize("name", OVERRIDES)
def test_an_override_that_does_not_fit_is_an_error(name: str, tmp_path: Path) -> None:
    changed, what = OVERRIDES[name]

    def overrides(catalog: Mapping[str, Any]) -> dict[str, ToolsetOverrides]:
        return {toolset: {**found, **changed} for toolset, found in documented(catalog).items()}

    with pytest.raises(GenerationFailed) as caught:
        generate(broken(tmp_path), overrides)
    assert str(caught.value) == f"overrides/panther_overrides: {what}\n    fix: mend the override, or the manifest"


def test_a_tool_that_is_wrong_is_not_blamed_on_its_override(tmp_path: Path) -> None:
    project = broken(tmp_path, "parameter_fills_an_unknown_variable")

    def overrides(catalog: Mapping[str, Any]) -> dict[str, ToolsetOverrides]:
        return {"things": {**documented(catalog)["things"], "list_alerts": ToolOverride("List.", {"cursor": "Next."})}}

    with pytest.raises(GenerationFailed) as caught:
        generate(project, overrides)
    assert [problem.file for problem in caught.value.problems] == ["schema/tools/things.yaml"]


@pytest.mark.parametrize("name", ["panther.graphql", "extensions.graphql", "panther.openapi.json", "labels.yaml"])
def test_an_input_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    project = broken(tmp_path)
    (project.schema / name).unlink()
    assert problems_of(project).startswith(f"schema/{name}: there is no such file\n    fix: ")

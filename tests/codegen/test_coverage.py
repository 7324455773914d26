"""What of the API has no tool is told, and in the real project is left out for a reason that stands in the docs."""

from pathlib import Path, PurePosixPath

import pytest

from panther_codegen.generate import generate
from panther_codegen.project import Project

from .support import API, HERE, REPO, copied, documented, panther_codegen, project_of

CASE = HERE / "cases" / "call"
LEFT_OUT = """\
graphql:
  alertNotes: They are | were comments.
rest:
  rule_delete: It cannot be undone.
"""


def test_everything_in_the_api_has_a_tool_or_a_reason_why_not() -> None:
    """Where this fails: make tools of the operations, or give schema/left_out.yaml a reason for each."""
    notice = generate(Project(REPO)).coverage.notice()
    if notice:
        pytest.fail("\n".join(notice), pytrace=False)


def test_the_reasons_stand_in_the_reference() -> None:
    reference = (REPO / "docs/tools.md").read_text(encoding="utf-8").partition("\n## Left out of the API\n")[2]
    left_out = generate(Project(REPO)).coverage.left_out
    reasons = {**left_out["graphql"], **left_out["rest"]}
    assert len(reasons) >= 20
    assert [name for name, reason in reasons.items() if f"| `{name}` | {reason} |" not in reference] == []
    assert [name for name, reason in reasons.items() if len(reason) < 20 or not reason.endswith(".")] == []


def test_what_nobody_has_thought_of_is_counted_by_half(tmp_path: Path) -> None:
    project = project_of(tmp_path, API, CASE)
    found = generate(project, documented)
    assert found.coverage.uncovered == {
        "graphql": ("alertNotes", "alerts", "run", "startRun", "updateAlert"),
        "rest": ("rule_delete", "rule_list", "rule_put", "token_get"),
    }
    assert "Left out" not in found.files[PurePosixPath("docs/tools.md")]
    project.left_out.write_text(LEFT_OUT, encoding="utf-8")
    found = generate(project, documented)
    assert found.coverage.uncovered == {
        "graphql": ("alerts", "run", "startRun", "updateAlert"),
        "rest": ("rule_list", "rule_put", "token_get"),
    }
    assert found.coverage.notice() == [
        "7 operation(s) of the API are used by no tool:",
        "  graphql: alerts, run, startRun, updateAlert",
        "  rest: rule_list, rule_put, token_get",
        "Make tools of them, or say in schema/left_out.yaml why not.",
    ]
    reference = found.files[PurePosixPath("docs/tools.md")]
    assert "\n| `alertNotes` | They are \\| were comments. |\n" in reference
    assert "\n| `rule_delete` | It cannot be undone. |\n" in reference


def test_a_new_api_is_generated_and_what_is_new_is_told(tmp_path: Path) -> None:
    root = copied(tmp_path, "schema", "generated", "docs")
    with (root / "schema/extensions.graphql").open("a", encoding="utf-8") as extensions:
        extensions.write("\nextend type Mutation {\n  teleport(to: String!): Boolean\n}\n")
    done = panther_codegen("generate", "--root", root)
    assert done.returncode == 0, done.stderr
    assert "operation(s) of the API are used by no tool:\n  graphql: " in done.stderr
    assert "teleport" in done.stderr.splitlines()[1]
    assert done.stderr.endswith("Make tools of them, or say in schema/left_out.yaml why not.\n")


def test_an_empty_file_leaves_nothing_out(tmp_path: Path) -> None:
    project = project_of(tmp_path, API, CASE)
    project.left_out.write_text("# Nothing yet.\n", encoding="utf-8")
    assert generate(project, documented).coverage.left_out == {"graphql": {}, "rest": {}}

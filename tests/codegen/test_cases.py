"""Each behaviour of the generator: a small project in, golden files out (`cases/<name>/schema`, `expected`).

A new behaviour is a new folder: put its operation and tool below `schema/`, touch the files below `expected/`
that are worth reading, and run `pytest tests/codegen --update-golden`.
"""

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from panther_codegen.generate import generate
from panther_codegen.write import apply, changes

from .support import API, HERE, REPO, Golden, documented, problems_of, project_of, replaced

CASES = sorted(path for path in (HERE / "cases").iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case_renders_its_golden_files(case: Path, tmp_path: Path, golden: Golden) -> None:
    files = generate(project_of(tmp_path, API, case), documented).files
    expected = sorted(path for path in (case / "expected").rglob("*") if path.is_file())
    assert expected, "a case shows at least one file"
    for path in expected:
        # Python is kept as .txt, so that no tool takes it for code of ours.
        rendered = path.relative_to(case / "expected").as_posix().removesuffix(".txt")
        golden.check(path, files[PurePosixPath(rendered)])


def test_all_cases_together_pass_strict_typing(tmp_path: Path) -> None:
    project = project_of(tmp_path, API, *CASES)
    apply(project.root, changes(project.root, generate(project, documented).files))
    packages = [str(project.root / "generated" / name) for name in ("panther_client", "panther_tools")]
    # The server is checked against the client of the real API, not against the few types that these cases have.
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\n[mypy-panther_mcp.*]\nfollow_imports = silent\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path / "cache"), *packages],
        env={**os.environ, "MYPYPATH": os.pathsep.join((str(project.root / "generated"), str(REPO / "server")))},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_extension_that_waits_for_its_first_definition_is_none(tmp_path: Path) -> None:
    project = project_of(tmp_path, API, HERE / "cases" / "page_rest")
    replaced(project.labels, ", events, summary]", ", events]")
    project.extensions.write_text("# Nothing yet.\n", encoding="utf-8")
    assert problems_of(project) == ""


def test_a_difference_is_shown_with_the_command_that_accepts_it() -> None:
    file = sorted((HERE / "errors").glob("*.txt"))[0]
    with pytest.raises(pytest.fail.Exception) as caught:
        Golden(update=False).check(file, file.read_text(encoding="utf-8") + "And more.\n")
    said = str(caught.value)
    assert "\n+And more.\n" in said
    assert said.endswith("If this is what you want: pytest tests/codegen --update-golden")

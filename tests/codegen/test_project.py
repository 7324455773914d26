"""The real project: generated the same each time, checked against what is in the repository, and quick."""

from pathlib import Path

import pytest

from .support import REPO, copied, panther_codegen, replaced, tree_of

FIX = "To fix: python -m panther_codegen generate\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copied(tmp_path, "schema", "generated", "docs")


def test_what_is_checked_in_is_up_to_date() -> None:
    done = panther_codegen("generate", "--check", "--root", REPO)
    assert done.returncode == 0, done.stdout + done.stderr


def test_two_processes_generate_the_same_bytes(tmp_path: Path) -> None:
    trees: list[dict[str, bytes]] = []
    for seed in ("1", "2"):
        root = copied(tmp_path / seed, "schema")
        done = panther_codegen("generate", "--root", root, PYTHONHASHSEED=seed)
        assert done.returncode == 0, done.stderr
        trees.append(tree_of(root))
    assert trees[0] == trees[1]
    assert {path: text for path, text in trees[0].items() if path.startswith("generated/")} == {
        f"generated/{path}": text for path, text in tree_of(REPO / "generated").items()
    }


def test_check_shows_an_edit_of_a_generated_file_and_how_to_undo_it(copy: Path) -> None:
    replaced(copy / "generated/panther_tools/users.py", '"""Users: ', '"""People: ')
    before = tree_of(copy)
    done = panther_codegen("generate", "--check", "--root", copy)
    assert done.returncode == 1
    assert "--- generated/panther_tools/users.py (on disk)\n+++ generated/panther_tools/users.py (gen" in done.stdout
    assert '\n-"""People: tools' in done.stdout
    assert '\n+"""Users: tools' in done.stdout
    assert done.stderr == f"1 generated file(s) are out of date. {FIX}"
    assert tree_of(copy) == before, "--check writes nothing"


def test_generate_deletes_files_that_nothing_renders_any_more(copy: Path) -> None:
    before = tree_of(copy)
    stale = copy / "generated/panther_client/graphql/list_gizmos.py"
    stale.write_text("# of an operation that is gone\n", encoding="utf-8")
    (copy / "generated/panther_tools/users.py").unlink()

    checked = panther_codegen("generate", "--check", "--root", copy)
    assert checked.returncode == 1
    assert "-# of an operation that is gone\n" in checked.stdout
    assert checked.stderr == f"2 generated file(s) are out of date. {FIX}"

    done = panther_codegen("generate", "--root", copy)
    assert done.returncode == 0, done.stderr
    first, *changes = done.stdout.splitlines()
    assert first.endswith(" 2 changed.")
    assert changes == [
        "  new      generated/panther_tools/users.py",
        "  deleted  generated/panther_client/graphql/list_gizmos.py",
    ]
    assert tree_of(copy) == before


def test_a_folder_without_a_schema_is_no_project(tmp_path: Path) -> None:
    done = panther_codegen("generate", "--root", tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"{tmp_path}: there is no schema/ folder here. Run this in the project, or give --root.\n"

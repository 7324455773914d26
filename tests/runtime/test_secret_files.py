"""Files for secrets: closed to others, new each time, with room from the start; and texts without secrets."""

import os
import stat
from pathlib import Path

import pytest

from panther_mcp.errors import BlockedByPolicy, InternalError, InvalidInput, bounded
from panther_mcp.redaction import Redactor
from panther_mcp.secret_files import SecretFiles, default_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_secret_is_kept_in_a_new_file_of_its_owner(tmp_path):
    folder = tmp_path / "a" / "b"
    before = os.umask(0)
    try:
        with SecretFiles(folder).reserved("API token: SOAR / ../../x") as file:
            assert file.path.stat().st_size == 4096, "there is room for it"
            told = file.write("hunter2")
        with SecretFiles(folder).reserved("") as other:
            other.write("hunter3")
    finally:
        os.umask(before)
    assert Path(told).read_text() == "hunter2\n"
    assert (mode(folder), mode(Path(told))) == (0o700, 0o600)
    assert Path(told).parent == folder
    assert Path(told).name.startswith("api-token-soar-x-")
    assert other.path.name.startswith("secret-")
    assert len(list(folder.iterdir())) == 2


def test_what_was_not_written_is_gone(tmp_path):
    files = SecretFiles(tmp_path / "secrets")
    with files.reserved("x"):
        pass
    with pytest.raises(KeyError), files.reserved("x"):
        raise KeyError
    assert list((tmp_path / "secrets").iterdir()) == []


def folders(tmp_path: Path) -> dict[str, Path | None]:
    (tmp_path / "file").write_text("")
    opened = tmp_path / "open"
    opened.mkdir()
    opened.chmod(0o755)
    return {"no folder": None, "cannot be written": tmp_path / "file" / "below", "open to others": opened}


@pytest.mark.parametrize("why", ["no folder", "cannot be written", "open to others"])
def test_a_folder_that_will_not_do_is_refused_before_anything_is_done(tmp_path, why):
    with pytest.raises(BlockedByPolicy, match=why) as caught, SecretFiles(folders(tmp_path)[why]).reserved("x"):
        pytest.fail("nothing must be done")
    assert caught.value.message.endswith("Nothing was changed.")
    assert caught.value.details == {"rule": "secret_files"}
    assert caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk without room is needed")
def test_a_full_disk_is_told_before(tmp_path, monkeypatch):
    made = os.open
    monkeypatch.setattr(
        os, "open", lambda path, flags, rights: (made(path, flags, rights), made("/dev/full", os.O_WRONLY))[1]
    )
    with pytest.raises(BlockedByPolicy, match="no room"), SecretFiles(tmp_path / "secrets").reserved("x"):
        pytest.fail("nothing must be done")
    assert list((tmp_path / "secrets").iterdir()) == []


def test_a_disk_that_breaks_afterwards_is_told(tmp_path):
    with SecretFiles(tmp_path / "secrets").reserved("x") as file:
        read_only = os.open(os.devnull, os.O_RDONLY)
        os.dup2(read_only, file._descriptor)
        os.close(read_only)
        with pytest.raises(InternalError, match="could not be written") as caught:
            file.write("hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/kim"}, Path("/home/kim/.local/state/panther-mcp/secrets")),
        ({"HOME": "/home/kim", "XDG_STATE_HOME": "/state"}, Path("/state/panther-mcp/secrets")),
        ({"HOME": "/home/kim", "XDG_STATE_HOME": "here"}, Path("/home/kim/.local/state/panther-mcp/secrets")),
        ({}, None),
    ],
)
def test_the_default_folder(environment, folder):
    assert default_folder(environment) == folder


def test_secrets_are_taken_out_of_all_that_is_told():
    redactor = Redactor()
    redactor.hide("hunter2-secret", "hunter2", None, 5, "abc")
    assert redactor.text("hunter2-secret and hunter2, not abc") == "[secret] and [secret], not abc"
    told = {"a": ["xhunter2", {"b": "hunter2"}], "c": 5, "d": None}
    assert redactor.json(told) == {"a": ["x[secret]", {"b": "[secret]"}], "c": 5, "d": None}
    error = InvalidInput("no hunter2", hint="not hunter2", details={"said": ("hunter2",)})
    redactor.clean(error)
    assert "hunter2" not in f"{error} {error.args} {error.to_payload()}"
    assert error.details == {"said": ["[secret]"]}


def test_a_secret_that_was_cut_off_is_no_help():
    redactor = Redactor()
    redactor.hide("hunter2-secret")
    for length in range(10, 40):
        assert "hunt" not in redactor.text(bounded(f"it says: hunter2-secret {'x' * 50}", length))

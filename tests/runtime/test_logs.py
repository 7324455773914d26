"""Logging: where records go, and that the token is in none of them."""

import io
import logging
from collections.abc import Iterator

import pytest

from panther_mcp import logs
from panther_mcp.errors import StartupError
from panther_mcp.settings import Secret, Settings


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    root.handlers.clear()  # configure() closes what it replaces; pytest's handlers are not ours to close
    yield
    for handler in root.handlers:
        handler.close()
    root.level, root.handlers[:] = before
    for name in logs._CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_file_gets_everything_but_the_token(tmp_path, capsys):
    file = tmp_path / "panther.log"
    logs.configure(Settings(log_file=file, log_level="INFO", api_token=Secret("hunter2")))
    try:
        raise RuntimeError("with hunter2 inside")
    except RuntimeError:
        logging.getLogger("panther_mcp.x").exception("failed with %s", "hunter2")
    logging.getLogger("httpx2").info("chatter")
    text = file.read_text()
    assert "ERROR panther_mcp.x: failed with [API token]" in text
    assert "RuntimeError: with [API token] inside" in text
    assert "hunter2" not in text
    assert "chatter" not in text
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("level", "heard"), [("DEBUG", True), ("WARNING", False)])
def test_stderr_is_the_default(monkeypatch, level, heard):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    logs.configure(Settings(log_level=level))
    logging.getLogger("httpcore2").debug("chatter")
    logging.getLogger("fastmcp").warning("trouble")
    assert ("chatter" in stderr.getvalue()) is heard
    assert "WARNING fastmcp: trouble" in stderr.getvalue()


def test_arguments_of_calls_are_named_and_not_shown(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    logs.configure(Settings(log_level="DEBUG"))
    logger = logging.getLogger("fastmcp.server.mixins.mcp_operations")
    logger.debug(
        "Handler called: call_tool %s with %s", "create_http_log_source", {"name": "x", "auth_secret": "hunter2"}
    )
    assert "call_tool create_http_log_source with ['auth_secret', 'name']" in stderr.getvalue()
    assert "hunter2" not in stderr.getvalue()


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(StartupError, match="cannot be written"):
        logs.configure(Settings(log_file=tmp_path / "missing" / "log"))

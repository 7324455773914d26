"""Logging: where records go and in what form, whose call they belong to, and that no secret is in any of them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from panther_mcp import logs
from panther_mcp.errors import StartupError
from panther_mcp.settings import Secret, Settings
from panther_mcp.telemetry.recorder import Recorder


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
    logs.configure(Settings(log_file=file, log_level="INFO", log_format="text", api_token=Secret("hunter2")))
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
    logs.configure(Settings(log_level=level, log_format="text"))
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


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("form", "stderr", "is_json"),
    [
        ("auto", io.StringIO, True),
        ("auto", Terminal, False),
        ("json", Terminal, True),
        ("text", io.StringIO, False),
    ],
)
def test_a_terminal_shows_text_and_anything_else_gets_json(monkeypatch, form, stderr, is_json):
    written = stderr()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure(Settings(log_format=form))
    logging.getLogger("panther_mcp.x").warning("two\nlines")
    line, *more = written.getvalue().splitlines()
    assert (line.startswith("{"), bool(more)) == (is_json, not is_json)
    if is_json:
        told = json.loads(line)
        assert told.keys() == {"time", "level", "logger", "message"}
        assert (told["level"], told["logger"]) == ("WARNING", "panther_mcp.x")
        assert told["time"].endswith("Z")


AWKWARD = 'hunter2"\\quoted\tand\u00e9'


def test_json_hides_no_secret_behind_its_escapes(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq\nQ2hhbmdlTWU=\n-----END RSA PRIVATE KEY-----"
    logs.configure(Settings(log_level="DEBUG", api_token=Secret(AWKWARD)))
    try:
        raise RuntimeError(f"with {AWKWARD} and {key}")
    except RuntimeError:
        logging.getLogger("panther_mcp.x").debug("failed with %s and %s", AWKWARD, key, exc_info=True)
    (line,) = stderr.getvalue().splitlines()
    told = json.loads(line)
    assert "RuntimeError: with [API token]" in told["exception"]
    assert told["message"].startswith("failed with [API token] and ")
    for secret in ("hunter2", "quoted", "MIIEpAIBAAKCAQEA7bq", "Q2hhbmdlTWU"):
        assert secret not in line


def test_records_name_the_call_that_they_belong_to(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr("sys.stderr", stderr)
    logs.configure(Settings(log_level="INFO"))
    with Recorder().call("get_alert", "5e551014") as record:
        logging.getLogger("anybody").warning("within")
        record.size = 12
    logging.getLogger("anybody").warning("without")
    within, ended, without = map(json.loads, stderr.getvalue().splitlines())
    assert within["request_id"] == ended["request_id"] == record.facts.request_id
    assert (within["tool"], within["session"]) == ("get_alert", "5e551014")
    assert (ended["logger"], ended["outcome"], ended["bytes"]) == ("panther_mcp.calls", "ok", 12)
    assert ended["duration_ms"] >= 0
    assert "request_id" not in without
